import { describe, expect, it, jest } from '@jest/globals';
import type { Kafka, ProducerBatch, RecordMetadata } from 'kafkajs';
import { acknowledged, LONGEST_SEND_MS, OutboxPublisher, type PartitionBatch, type PendingRow } from './outbox-publisher.js';
import { AbortableConnections } from '../kafka/abortable-connections.js';

const row = (id: number, topic: string, key = String(id)): PendingRow => ({ id, topic, key, headers: {}, payload: '{}' });
const batch = (topic: string, partition: number, ...ids: number[]): PartitionBatch => ({
  topic,
  partition,
  rows: ids.map((id) => row(id, topic)),
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

/** Topics of one partition each, led by a broker each; what is sent waits for the test to decide it. */
class FakeCluster {
  readonly sent: unknown[] = [];
  readonly sends: { topics: string[]; answer: (entries?: RecordMetadata[]) => void; fail: (error: Error) => void }[] = [];
  producers = 0;
  partitions = 1;
  readonly leaders: Record<string, number> = { a: 1, b: 2 };

  readonly kafka = {
    admin: () => ({
      connect: () => Promise.resolve(),
      disconnect: () => Promise.resolve(),
      fetchTopicMetadata: ({ topics: [name = ''] }: { topics: string[] }) =>
        Promise.resolve({
          topics: [
            {
              name,
              partitions: Array.from({ length: this.partitions }, (_, partitionId) => ({
                partitionId,
                leader: this.leaders[name],
              })),
            },
          ],
        }),
    }),
    producer: () => ({
      connect: () => Promise.resolve(void this.producers++),
      disconnect: () => Promise.resolve(),
      sendBatch: ({ topicMessages = [] }: ProducerBatch) => {
        const topics = topicMessages.map(({ topic }) => topic);
        this.sent.push(...topicMessages.flatMap(({ messages }) => messages.map(({ headers }) => headers)));
        return new Promise<RecordMetadata[]>((resolve, reject) => {
          const answer = (entries = topics.map((topic) => entry(topic, 0))): void => resolve(entries);
          this.sends.push({ topics, answer, fail: reject });
        });
      },
    }),
  } as unknown as Kafka;

  readonly turn = () => new Promise((resolve) => setImmediate(resolve));
}

describe('a pass over partitions of several brokers', () => {
  it('waits for every broker though one has failed, tells what the others have, and throws the producer away', async () => {
    const cluster = new FakeCluster();
    const publisher = new OutboxPublisher(cluster.kafka);
    let result: unknown;
    void publisher.publish([row(1, 'a'), row(2, 'b'), row(3, 'a')]).then((told) => (result = told));
    await cluster.turn();
    expect(cluster.sends.map(({ topics }) => topics)).toEqual([['a'], ['b']]);

    const failure = new Error('not the leader');
    cluster.sends[0]!.fail(failure);
    await cluster.turn();
    expect(result).toBeUndefined();
    cluster.sends[1]!.answer();
    await cluster.turn();
    expect(result).toEqual({ published: [2], failure });

    void publisher.publish([row(1, 'a')]);
    await cluster.turn();
    expect(cluster.producers).toBe(2);
  });

  it('asks again who leads what after a failure', async () => {
    const cluster = new FakeCluster();
    const publisher = new OutboxPublisher(cluster.kafka);
    const failed = publisher.publish([row(1, 'a'), row(2, 'b')]);
    await cluster.turn();
    for (const { fail } of cluster.sends) fail(new Error('gone'));
    await failed;
    cluster.leaders['b'] = 1;
    void publisher.publish([row(1, 'a'), row(2, 'b')]);
    await cluster.turn();
    expect(cluster.sends.at(-1)!.topics).toEqual(['a', 'b']);
  });

  it('takes a partition that the answer does not name for not sent, though the send has succeeded', async () => {
    const cluster = new FakeCluster();
    const publisher = new OutboxPublisher(cluster.kafka);
    cluster.leaders['b'] = 1;
    const result = publisher.publish([row(1, 'a'), row(2, 'b')]);
    await cluster.turn();
    cluster.sends[0]!.answer([entry('a', 0)]);
    expect(await result).toMatchObject({ published: [1], failure: { message: expect.stringMatching(/every partition/) } });
  });
});

describe('before a send', () => {
  it('the lease is asked once more, since to connect may have taken long', async () => {
    const cluster = new FakeCluster();
    const publisher = new OutboxPublisher(cluster.kafka, { mayBegin: () => cluster.producers === 0 });
    expect(await publisher.publish([row(1, 'a')])).toEqual({ published: [], failure: undefined });
    expect(cluster.sends).toEqual([]);
  });

  it('a topic with another number of partitions than it must have is refused: keys would be elsewhere', async () => {
    const cluster = new FakeCluster();
    cluster.partitions = 2;
    const publisher = new OutboxPublisher(cluster.kafka, { partitions: 3 });
    const { published, failure } = await publisher.publish([row(1, 'a')]);
    expect([published, String(failure)]).toEqual([[], 'TopicMismatch: Topic a has 2 partitions, must have 3.']);
    expect(cluster.sends).toEqual([]);
  });
});

describe('a send that takes longer than the lease allows for', () => {
  it('has its connections cut, and fails', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    try {
      const cluster = new FakeCluster();
      const sever = jest.spyOn(AbortableConnections.prototype, 'abort').mockImplementationOnce(() => {
        cluster.sends[0]!.fail(new Error('The line is cut.'));
      });
      const pass = new OutboxPublisher(cluster.kafka).publish([row(1, 'a')]);
      await cluster.turn();
      jest.advanceTimersByTime(LONGEST_SEND_MS - 1);
      expect(sever).not.toHaveBeenCalled();
      jest.advanceTimersByTime(1);
      expect(await pass).toMatchObject({ published: [], failure: { message: 'The line is cut.' } });
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('when a stamp is set', () => {
  it('gives each record its headers as it is sent, and leaves the row as it is', async () => {
    const cluster = new FakeCluster();
    const stamp = ({ key }: Readonly<PendingRow>) => ({ stamped: key });
    const publisher = new OutboxPublisher(cluster.kafka, { stamp });
    const rows = [{ ...row(1, 'a'), headers: { ce_id: 'x' } }];
    const result = publisher.publish(rows);
    while (cluster.sends.length === 0) await new Promise(setImmediate);
    cluster.sends[0]!.answer();
    expect((await result).published).toEqual([1]);
    expect(cluster.sent).toEqual([{ ce_id: 'x', stamped: '1' }]);
    expect(rows[0]!.headers).toEqual({ ce_id: 'x' });
  });
});
