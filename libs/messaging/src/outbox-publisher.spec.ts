import { describe, expect, it } from '@jest/globals';
import { acknowledged, type PartitionBatch } from './outbox-publisher.js';

const batch = (topic: string, partition: number, ...ids: number[]): PartitionBatch => ({
  topic,
  partition,
  rows: ids.map((id) => ({ id, topic, key: String(id), headers: {}, payload: '{}' })),
});
const batches = [batch('a', 0, 1, 4), batch('a', 1, 2), batch('b', 0, 3)];
const entry = (topicName: string, partition: number, errorCode = 0) => ({ topicName, partition, errorCode });

describe('acknowledged', () => {
  it('names the rows of every partition that the broker answered for', () => {
    expect(acknowledged([entry('b', 0), entry('a', 1), entry('a', 0)], batches)).toEqual([1, 4, 2, 3]);
  });

  it.each([
    ['is missing from the answer', [entry('a', 0), entry('b', 0)]],
    ['has an error', [entry('a', 0), entry('a', 1, 6), entry('b', 0)]],
    ['is named twice', [entry('a', 0), entry('a', 1), entry('a', 1), entry('b', 0)]],
  ])('leaves out the rows of a partition that %s', (_, answer) => {
    expect(acknowledged(answer, batches)).toEqual([1, 4, 3]);
  });
});
