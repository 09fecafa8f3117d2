import { describe, expect, it, jest } from '@jest/globals';
import type { Consumer } from 'kafkajs';
import { GroupOffsets } from './group-offsets.js';

const positionOf = (partition: number, nextOffset: number) => ({ topic: 'logins', partition, nextOffset });

describe('offsets for the lag tools of Kafka', () => {
  it('when batches follow each other / the first is committed at once, and the others together at the latest when the consumer ends', async () => {
    const commitOffsets = jest.fn<Consumer['commitOffsets']>().mockResolvedValue(undefined);
    const offsets = new GroupOffsets({ commitOffsets } as unknown as Consumer);
    for (let next = 1; next <= 5; next++) offsets.note(positionOf(next % 2, next));
    expect(commitOffsets.mock.calls).toEqual([[[{ topic: 'logins', partition: 1, offset: '1' }]]]);
    await offsets.settled();
    const last = [
      { topic: 'logins', partition: 0, offset: '4' },
      { topic: 'logins', partition: 1, offset: '5' },
    ];
    expect(commitOffsets.mock.calls.slice(1)).toEqual([[last]]);
  });

  it('when a commit fails / the next one is still made', async () => {
    const commitOffsets = jest
      .fn<Consumer['commitOffsets']>()
      .mockRejectedValueOnce(new Error('away'))
      .mockResolvedValue(undefined);
    const offsets = new GroupOffsets({ commitOffsets } as unknown as Consumer);
    offsets.note(positionOf(0, 1));
    offsets.note(positionOf(0, 2));
    await offsets.settled();
    expect(commitOffsets).toHaveBeenLastCalledWith([{ topic: 'logins', partition: 0, offset: '2' }]);
  });
});
