import { afterEach, describe, expect, it, jest } from '@jest/globals';
import kafkajs, { type Kafka, type KafkaMessage } from 'kafkajs';
import { RecordPublisher } from '../kafka/record-publisher.js';
import { DeadLetters } from './dead-letters.js';

const PLACE = { topic: 'logins', partition: 3 };
const LETTER = { record: { offset: '7', key: null, value: null } as KafkaMessage, reason: 'junk' };

afterEach(() => void jest.restoreAllMocks());

describe('the dead letters', () => {
  it('when a send fails / the failure is one of the broker, and the next send has a new publisher', async () => {
    const publish = jest.fn<RecordPublisher['publish']>().mockRejectedValueOnce(new Error('closed')).mockResolvedValue(undefined);
    const close = jest.fn(() => Promise.resolve());
    const connect = jest
      .spyOn(RecordPublisher, 'connect')
      .mockImplementation(() =>
        Promise.resolve({ publish, close, settled: () => Promise.resolve() } as Partial<RecordPublisher> as RecordPublisher),
      );
    const letters = new DeadLetters({} as Kafka, 'letters');
    await expect(letters.keep([LETTER], PLACE)).rejects.toThrow(kafkajs.KafkaJSError);
    expect(close).toHaveBeenCalledTimes(1);
    for (let sends = 0; sends < 2; sends++) await letters.keep([LETTER], PLACE);
    expect(connect).toHaveBeenCalledTimes(2);
  });
});
