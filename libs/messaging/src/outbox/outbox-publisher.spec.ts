import { describe, expect, it, jest } from '@jest/globals';
import type { Kafka } from 'kafkajs';
import type { PartitionAnswer, PartitionRecords } from '../kafka/produce-request.js';
import { LONGEST_SEND_MS } from './leader-send.js';
import { OutboxPublisher, type PublisherOptions, type PublishResult } from './outbox-publisher.js';
import type { PendingRow } from './pending-rows.js';

const row = (id: number, topic: string, payload = '{}'): PendingRow => ({ id, topic, key: '7', headers: {}, payload });
const sizes = (sent: Sent) => sent.batches.map(({ topic, records }) => [topic, records.length]);

interface Sent {
  leader: number;
  batches: readonly PartitionRecords[];
  answer: (codes?: Record<string, number>, entries?: PartitionAnswer[]) => void;
  fail: (error: Error) => void;
}

/** Topics of one partition each; what is sent waits for the test to decide it. */
class FakeCluster {
  readonly sent: Sent[] = [];
  producers = 0;
  closed = 0;
  readonly leaders: Record<string, number[]> = { a: [1], b: [2] };
  /** Leaders that answer nothing. */
  readonly silent = new Set<number>();
  readonly lookUp = jest.fn((topic: string) => Promise.resolve(this.leaders[topic] ?? []));
  abort = jest.fn();

  publisher(options: PublisherOptions = {}): OutboxPublisher {
    return new OutboxPublisher({} as Kafka, { connect: () => this.connect(), ...options });
  }

  private connect(): ReturnType<NonNullable<PublisherOptions['connect']>> {
    this.producers++;
    return Promise.resolve({
      leadersOf: this.lookUp,
      reach: (leader: number) =>
        this.silent.has(leader) || leader < 0 ? Promise.reject(new Error('no answer')) : Promise.resolve(),
      send: (leader: number, batches: readonly PartitionRecords[]) =>
        new Promise<PartitionAnswer[]>((resolve, reject) => {
          const all = (codes: Record<string, number> = {}) =>
            batches.map(({ topic, partition }) => ({ topic, partition, errorCode: codes[topic] ?? 0 }));
          this.sent.push({ leader, batches, answer: (codes, entries) => resolve(entries ?? all(codes)), fail: reject });
        }),
      abort: this.abort,
      close: () => Promise.resolve(void this.closed++),
    });
  }

  readonly turn = () => new Promise((resolve) => setImmediate(resolve));
}

const failures = ({ failed }: PublishResult) => failed.map(({ topic, partition, error }) => [topic, partition, error.message]);

describe('a pass over partitions of several leaders', () => {
  it('when one leader fails / waits for the others, reports their rows as published and its partition as failed', async () => {
    const cluster = new FakeCluster();
    let result: PublishResult | undefined;
    void cluster
      .publisher()
      .publish([row(1, 'a'), row(2, 'b'), row(3, 'a')])
      .then((done) => (result = done));
    await cluster.turn();
    expect(cluster.sent.map(({ leader }) => leader)).toEqual([1, 2]);

    cluster.sent[0]!.fail(new Error('the connection is closed'));
    await cluster.turn();
    expect(result).toBeUndefined();
    cluster.sent[1]!.answer();
    await cluster.turn();
    expect(result).toMatchObject({ published: [2], failure: undefined });
    expect(failures(result!)).toEqual([['a', 0, 'the connection is closed']]);
    expect(result!.failed[0]!.rows.map(({ id }) => id)).toEqual([1, 3]);
  });

  it('when one partition is refused by a leader of two / publishes the other once and names the reason', async () => {
    const cluster = new FakeCluster();
    cluster.leaders['b'] = [1];
    const pass = cluster.publisher().publish([row(1, 'a'), row(2, 'b')]);
    await cluster.turn();
    cluster.sent[0]!.answer({ a: 19 });
    const result = await pass;
    expect(result.published).toEqual([2]);
    expect(result.failed[0]).toMatchObject({ topic: 'a', error: { type: 'NOT_ENOUGH_REPLICAS' } });
    expect(cluster.sent).toHaveLength(1);
  });

  it('when a partition has no leader / is not sent, and the others are published', async () => {
    const cluster = new FakeCluster();
    cluster.leaders['a'] = [-1];
    const pass = cluster.publisher().publish([row(1, 'a'), row(2, 'b')]);
    await cluster.turn();
    cluster.sent[0]!.answer();
    const result = await pass;
    expect(cluster.sent.map(({ leader }) => leader)).toEqual([2]);
    expect([result.published, failures(result)]).toEqual([[2], [['a', 0, 'The partition has no leader.']]]);
  });

  it('after a failure / a new producer is made, which fetches the leaders again', async () => {
    const cluster = new FakeCluster();
    const publisher = cluster.publisher();
    const failed = publisher.publish([row(1, 'a'), row(2, 'b')]);
    await cluster.turn();
    for (const { fail } of cluster.sent) fail(new Error('gone'));
    await failed;
    expect([cluster.producers, cluster.closed]).toEqual([1, 1]);
    cluster.leaders['b'] = [1];
    void publisher.publish([row(1, 'a'), row(2, 'b')]);
    await cluster.turn();
    expect(cluster.producers).toBe(2);
    expect(sizes(cluster.sent.at(-1)!)).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  });

  it('when a topic cannot be looked up / nothing is sent, and a new producer is made', async () => {
    const cluster = new FakeCluster();
    const failure = new Error('the connection is closed');
    cluster.lookUp.mockRejectedValueOnce(failure);
    const publisher = cluster.publisher();
    expect(await publisher.publish([row(1, 'a')])).toEqual({ published: [], failed: [], failure });
    expect([cluster.producers, cluster.closed]).toEqual([1, 1]);
    void publisher.publish([row(1, 'a')]);
    await cluster.turn();
    expect([cluster.producers, cluster.sent.length]).toEqual([2, 1]);
  });

  it('after a success / the next pass uses the same producer and the same leaders', async () => {
    const cluster = new FakeCluster();
    const publisher = cluster.publisher();
    for (const id of [1, 2]) {
      const pass = publisher.publish([row(id, 'a')]);
      await cluster.turn();
      cluster.sent.at(-1)!.answer();
      expect((await pass).published).toEqual([id]);
    }
    expect([cluster.producers, cluster.closed, cluster.lookUp.mock.calls]).toEqual([1, 0, [['a']]]);
  });

  it.each([
    ['does not name a partition', []],
    ['names a partition twice', Array.from({ length: 2 }, () => ({ topic: 'a', partition: 0, errorCode: 0 }))],
  ])('when the answer %s / the partition counts as failed though the send succeeded', async (_, ofA) => {
    const cluster = new FakeCluster();
    cluster.leaders['b'] = [1];
    const pass = cluster.publisher().publish([row(1, 'a'), row(2, 'b')]);
    await cluster.turn();
    cluster.sent[0]!.answer({}, [...ofA, { topic: 'b', partition: 0, errorCode: 0 }]);
    const result = await pass;
    expect([result.published, failures(result)]).toEqual([[2], [['a', 0, 'The broker did not acknowledge the partition.']]]);
  });
});

describe('the size of batches', () => {
  const large = 'x'.repeat(900_000);

  it("when a partition's rows are more than one batch can hold / are sent in pieces, in order", async () => {
    const cluster = new FakeCluster();
    const pass = cluster.publisher().publish([row(1, 'a', large), row(2, 'a', large), row(3, 'a', large)]);
    await cluster.turn();
    expect(sizes(cluster.sent[0]!)).toEqual([['a', 2]]);
    cluster.sent[0]!.answer();
    await cluster.turn();
    expect(sizes(cluster.sent[1]!)).toEqual([['a', 1]]);
    cluster.sent[1]!.answer();
    expect(await pass).toMatchObject({ published: [1, 2, 3], failed: [] });
  });

  it('when a batch is rejected as too large / is sent in halves, and the one row that is too large is named', async () => {
    const cluster = new FakeCluster();
    const pass = cluster.publisher().publish([row(1, 'a'), row(2, 'a'), row(3, 'a')]);
    await cluster.turn();
    cluster.sent[0]!.answer({ a: 10 });
    await cluster.turn();
    expect(sizes(cluster.sent[1]!)).toEqual([['a', 2]]);
    cluster.sent[1]!.answer();
    await cluster.turn();
    cluster.sent[2]!.answer({ a: 10 });
    const result = await pass;
    expect(result.published).toEqual([1, 2]);
    expect(failures(result)).toEqual([['a', 0, expect.stringMatching(/MESSAGE_TOO_LARGE.*outbox row 3 /)]]);
  });
});

describe('before a send', () => {
  it('when the lease ran out while the producer was connected / sends nothing', async () => {
    const cluster = new FakeCluster();
    const publisher = cluster.publisher({ mayBegin: () => cluster.producers === 0 });
    expect(await publisher.publish([row(1, 'a')])).toEqual({ published: [], failed: [], failure: undefined });
    expect(cluster.sent).toEqual([]);
  });

  it('when a topic has another number of partitions than required / that topic fails and the others are published', async () => {
    const cluster = new FakeCluster();
    cluster.leaders['a'] = [1, 1];
    const pass = cluster.publisher({ partitions: 1 }).publish([row(1, 'a'), row(2, 'b')]);
    await cluster.turn();
    cluster.sent[0]!.answer();
    const result = await pass;
    expect([result.published, failures(result)]).toEqual([[2], [['a', null, 'Topic a has 2 partitions, must have 1.']]]);
    expect(cluster.sent.map(({ leader }) => leader)).toEqual([2]);
  });

  it('when a topic is missing / that topic fails and the others are published', async () => {
    const cluster = new FakeCluster();
    const pass = cluster.publisher().publish([row(1, 'absent'), row(2, 'b')]);
    await cluster.turn();
    cluster.sent[0]?.answer();
    const result = await pass;
    expect([result.published, failures(result)]).toEqual([[2], [['absent', null, 'The topic is missing or may not be read.']]]);
  });

  it('when no broker answers / reports that nothing could be tried', async () => {
    const failure = new Error('connect ECONNREFUSED');
    const publisher = new FakeCluster().publisher({ connect: () => Promise.reject(failure) });
    expect(await publisher.publish([row(1, 'a')])).toEqual({ published: [], failed: [], failure });
  });
});

describe('a send that takes longer than the lease allows for', () => {
  it('when its time is over / its connections are aborted and it fails', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    try {
      const cluster = new FakeCluster();
      cluster.abort.mockImplementation(() => cluster.sent[0]!.fail(new Error('The connections are cut.')));
      const pass = cluster.publisher().publish([row(1, 'a')]);
      await cluster.turn();
      jest.advanceTimersByTime(LONGEST_SEND_MS - 1);
      expect(cluster.abort).not.toHaveBeenCalled();
      jest.advanceTimersByTime(1);
      expect(failures(await pass)).toEqual([['a', 0, 'The connections are cut.']]);
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('the stamp of records', () => {
  it('when it is set / each record gets its headers when it is sent, and the row is unchanged', async () => {
    const cluster = new FakeCluster();
    const rows = [{ ...row(1, 'a'), headers: { ce_id: 'x' } }];
    const pass = cluster.publisher({ stamp: ({ key }) => ({ stamped: key }) }).publish(rows);
    await cluster.turn();
    cluster.sent[0]!.answer();
    expect((await pass).published).toEqual([1]);
    expect(cluster.sent[0]!.batches[0]!.records[0]!.headers).toEqual({ ce_id: 'x', stamped: '7' });
    expect(rows[0]!.headers).toEqual({ ce_id: 'x' });
  });
});

describe('a relay that could not publish asks whether it could now', () => {
  const inA = { topic: 'a', partition: 0 };

  it.each([
    ['no broker answers', null, (): PublisherOptions => ({ connect: () => Promise.reject(new Error('ECONNREFUSED')) }), false],
    ['any broker answers, and none did', null, (): PublisherOptions => ({}), true],
    ['the leader answers', inA, (): PublisherOptions => ({}), true],
    ['the leader does not answer', inA, (cluster: FakeCluster): PublisherOptions => (cluster.silent.add(1), {}), false],
    [
      'the leader of another partition does not answer',
      inA,
      (cluster: FakeCluster): PublisherOptions => (cluster.silent.add(2), {}),
      true,
    ],
    ['there is no leader', inA, (cluster: FakeCluster): PublisherOptions => ((cluster.leaders['a'] = [-1]), {}), false],
    [
      'the topic has the right number of partitions',
      { topic: 'a', partition: null },
      (): PublisherOptions => ({ partitions: 1 }),
      true,
    ],
    [
      'the topic has another number of partitions',
      { topic: 'a', partition: null },
      (): PublisherOptions => ({ partitions: 2 }),
      false,
    ],
  ])('when %s / the answer is right, and no connection is left', async (_, failed, options, expected) => {
    const cluster = new FakeCluster();
    expect(await cluster.publisher(options(cluster)).canReach(failed)).toBe(expected);
    expect(cluster.closed).toBe(cluster.producers);
  });
});
