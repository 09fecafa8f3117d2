import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { deleteTopicsBy, eventually, testServers, uniqueTopicPrefix } from '#app/system/testing';
import { Partitioners, type Admin, type Kafka, type Producer } from 'kafkajs';
import { createKafka } from '../kafka/kafka-client.js';
import type { KafkaCluster } from '../kafka/kafka-cluster.js';
import { EventFeed } from './event-feed.js';
import type { FeedFollower, FeedListener } from './feed-follower.js';
import { ExpiredCursor, FeedUnavailable, UnreadableCursor } from './feed.errors.js';

const PARTITIONS = 2;
let kafka: Kafka;
let admin: Admin;
let producer: Producer;
let topics: string[];
let feeds: EventFeed<string>[];

/** Collects entries; with a limit it pauses after that many. */
class Listener implements FeedListener<string> {
  readonly taken: string[] = [];
  isLost = false;
  cursors: string[] = [];
  follower: FeedFollower<string> | undefined;
  private unpause: (() => void) | undefined;
  private pause: Promise<void> = Promise.resolve();

  constructor(private readonly pauseAfter = Infinity) {}

  take(entry: string): boolean {
    this.taken.push(entry);
    if (this.cursors.length < 50) this.cursors.push(this.follower!.cursor);
    if (this.taken.length !== this.pauseAfter) return true;
    this.pause = new Promise((resolve) => (this.unpause = resolve));
    return false;
  }

  ready(): Promise<void> {
    return this.pause;
  }

  goOn(): void {
    this.unpause?.();
  }

  lost(): void {
    this.isLost = true;
  }
}

beforeAll(async () => {
  Logger.overrideLogger(false);
  kafka = createKafka({ brokers: testServers().brokers, clientId: 'test' }, new Logger('Kafka'));
  admin = kafka.admin({ retry: { retries: 10 } });
  producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner: Partitioners.DefaultPartitioner });
  await Promise.all([admin.connect(), producer.connect()]);
});

beforeEach(async () => {
  const prefix = uniqueTopicPrefix();
  topics = [`${prefix}.a`, `${prefix}.b`];
  feeds = [];
  await makeTopics();
});

afterEach(async () => {
  await Promise.all(feeds.map((feed) => feed.stop()));
});

afterAll(async () => {
  await Promise.all([admin.disconnect(), producer.disconnect()]);
});

async function makeTopics(): Promise<void> {
  await eventually(() =>
    admin.createTopics({ waitForLeaders: false, topics: topics.map((topic) => ({ topic, numPartitions: PARTITIONS })) }),
  );
  await eventually(() => Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic))));
}

function feed(more: { lookMs?: number } = {}): EventFeed<string> {
  const made = new EventFeed<string>(kafka, {
    ...more,
    topics,
    read: ({ value }) => (value === null || value.toString() === 'passed over' ? undefined : value.toString()),
    logger: new Logger('Feed'),
  });
  feeds.push(made);
  return made;
}

async function listen(from: EventFeed<string>, cursor?: string, listener = new Listener()): Promise<Listener> {
  listener.follower = from.follow(await from.locate(cursor), listener);
  return listener;
}

const publish = (topic: string, partition: number, ...values: (string | null)[]) =>
  producer.send({ topic, messages: values.map((value) => ({ key: 'k', value, partition })) });

/** Values of one partition, which alone have an order. */
const of = (taken: readonly string[], prefix: string) => taken.filter((value) => value.startsWith(prefix));
const range = (prefix: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `${prefix}${from + index}`);

describe('a located place', () => {
  it('when it is followed / gives all records published from then on, of all partitions of both topics, and no earlier ones', async () => {
    await publish(topics[0]!, 0, 'before');
    const from = feed();
    const place = await from.locate();
    await publish(topics[0]!, 0, 'a0');
    await publish(topics[0]!, 1, 'a1', 'passed over');
    await publish(topics[1]!, 1, 'b1', null);
    const listener = new Listener();
    listener.follower = from.follow(place, listener);
    await publish(topics[1]!, 0, 'b0');
    await eventually(() => expect([...listener.taken].sort()).toEqual(['a0', 'a1', 'b0', 'b1']));
  });
});

describe('a listener with a cursor', () => {
  it('when it comes back in another process, wherever it was cut off / continues without a gap or a repetition', async () => {
    const first = await listen(feed());
    for (let index = 0; index < 20; index += 2) {
      await publish(topics[0]!, 0, ...range('a0-', index, index + 2));
      await publish(topics[1]!, 1, ...range('b1-', index, index + 2));
    }
    await eventually(() => expect(first.taken).toHaveLength(40));
    for (const cut of [0, 7, 20, 39]) {
      const second = await listen(feed(), first.cursors[cut]);
      await publish(topics[0]!, 1, `later-${cut}`);
      await eventually(() => expect(second.taken).toContain(`later-${cut}`));
      const all = [...first.taken.slice(0, cut + 1), ...second.taken];
      expect(of(all, 'a0-')).toEqual(range('a0-', 0, 20));
      expect(of(all, 'b1-')).toEqual(range('b1-', 0, 20));
    }
  });

  it('when it joins the tail under load / has no gap and no repetition, in the order of each partition', async () => {
    const from = feed();
    const start = await listen(from);
    await publish(topics[0]!, 0, 'mark');
    await eventually(() => expect(start.taken).toEqual(['mark']));
    const cursor = start.cursors[0]!;
    const COUNT = 6_000;
    const followers: Listener[] = [];
    for (let published = 0; published < COUNT; published += 50) {
      // They come at any moment, and each stops once on its way.
      if (published % 500 === 250) followers.push(await listen(from, cursor, new Listener(200)));
      if (published % 500 === 400) followers.at(-2)?.goOn();
      await Promise.all([
        publish(topics[0]!, 0, ...range('a0-', published, published + 50)),
        publish(topics[1]!, 1, ...range('b1-', published, published + 50)),
      ]);
    }
    for (const follower of followers) {
      follower.goOn();
      await eventually(() => expect(follower.taken.length).toBeGreaterThanOrEqual(2 * COUNT));
      expect(of(follower.taken, 'a0-')).toEqual(range('a0-', 0, COUNT));
      expect(of(follower.taken, 'b1-')).toEqual(range('b1-', 0, COUNT));
    }
  });
});

describe("a record whose time is a minute ahead of this process's clock", () => {
  it('when its reader comes back again and again / is followed by the later records', async () => {
    const first = await listen(feed());
    const timestamp = String(Date.now() + 60_000);
    await producer.send({ topic: topics[0]!, messages: [{ value: 'ahead', partition: 0, timestamp }] });
    await eventually(() => expect(first.taken).toEqual(['ahead']));
    let last = first;
    for (let times = 0; times < 3; times++) last = await listen(feed(), last.follower!.cursor);
    await publish(topics[0]!, 0, 'later');
    await eventually(() => expect(last.taken).toEqual(['later']));
  });
});

describe('a listener that accepts no more', () => {
  it('when it goes on later / gets all records, though the tail no longer has them, and others did not wait', async () => {
    const from = feed();
    const [slow, quick] = [await listen(from, undefined, new Listener(3)), await listen(from)];
    for (let index = 0; index < 10_000; index += 500) await publish(topics[0]!, 0, ...range('a0-', index, index + 500));
    await eventually(() => expect(quick.taken).toHaveLength(10_000));
    expect(slow.taken).toHaveLength(3);
    slow.goOn();
    await eventually(() => expect(slow.taken).toHaveLength(10_000));
    expect(slow.taken).toEqual(range('a0-', 0, 10_000));
  });
});

const three = () => [...topics, `${topics[0]}.added`];
const feedOf = (all: string[], on = kafka) => {
  const made = new EventFeed<string>(on, {
    topics: all,
    needed: 2,
    read: ({ value }) => value?.toString(),
    logger: new Logger('Feed'),
  });
  feeds.push(made);
  return made;
};
/** By a producer of its own: one that knows a topic which is gone sends nothing more. */
const publishAdded = async (topic: string, value: string) => {
  const own = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await own.connect();
  await own.send({ topic, messages: [{ key: 'k', value }] });
  await own.disconnect();
};
const addTopic = async () => {
  const [, , topic = ''] = three();
  await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: 1 }] });
  await eventually(() => admin.fetchTopicOffsets(topic));
  return topic;
};

/** A client whose connections to the cluster fail once, at the next call of a kind. */
function unsteadyKafka() {
  const unsteady = createKafka({ brokers: testServers().brokers, clientId: 'test' }, new Logger('Kafka'));
  const factory = Object.getOwnPropertySymbols(unsteady).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  )!;
  const clusters = unsteady as unknown as Record<symbol, (options: unknown) => KafkaCluster>;
  const create = clusters[factory]!;
  const failing = new Set<string>();
  clusters[factory] = (options) => {
    const cluster = create(options);
    const [connect, findBroker] = [cluster.connect.bind(cluster), cluster.findBroker.bind(cluster)];
    const failed = () => Promise.reject(new Error('Closed connection'));
    cluster.connect = () => (failing.delete('connect') ? failed() : connect());
    cluster.findBroker = (node) => (failing.delete('findBroker') ? failed() : findBroker(node));
    return cluster;
  };
  return { unsteady, failNext: (call: 'connect' | 'findBroker') => failing.add(call) };
}

describe('a feed with an optional topic', () => {
  it('when that topic is not readable / the others are followed, and a cursor of that time continues with it once it is readable', async () => {
    const listener = await listen(feedOf(three()));
    await publish(topics[0]!, 0, 'a0');
    await eventually(() => expect(listener.taken).toEqual(['a0']));
    const cursor = listener.follower!.cursor;
    const added = await addTopic();
    await publishAdded(added, 'c0');
    await publish(topics[1]!, 0, 'b0');
    const again = await listen(feedOf(three()), cursor);
    await eventually(() => expect([...again.taken].sort()).toEqual(['b0', 'c0']));
  });

  it('when a cursor knows that topic and it is gone / continues with the others', async () => {
    const added = await addTopic();
    const listener = await listen(feedOf(three()));
    await publishAdded(added, 'c0');
    await eventually(() => expect(listener.taken).toEqual(['c0']));
    await deleteTopicsBy(admin, [added]);
    await publish(topics[0]!, 0, 'a0');
    const again = await eventually(() => listen(feedOf(three()), listener.follower!.cursor));
    await eventually(() => expect(again.taken).toEqual(['a0']));
  });
});

describe('when the broker fails for a moment and an optional topic is readable', () => {
  it('at the first listener / rejects it, and the next one gets all topics', async () => {
    const { unsteady, failNext } = unsteadyKafka();
    const from = feedOf(three(), unsteady);
    const added = await addTopic();
    failNext('connect');
    await expect(from.locate()).rejects.toThrow(FeedUnavailable);
    const listener = await listen(from);
    await publishAdded(added, 'c0');
    await eventually(() => expect(listener.taken).toEqual(['c0']));
  });

  it('while listeners follow / they stay and miss no record of any topic', async () => {
    const { unsteady, failNext } = unsteadyKafka();
    const added = await addTopic();
    const listener = await listen(feedOf(three(), unsteady));
    await publish(topics[0]!, 0, 'a0');
    await eventually(() => expect(listener.taken).toEqual(['a0']));
    failNext('findBroker');
    failNext('connect');
    await publishAdded(added, 'c0');
    await publish(topics[1]!, 0, 'b0');
    await eventually(() => expect([...listener.taken].sort()).toEqual(['a0', 'b0', 'c0']));
    expect(listener.isLost).toBe(false);
  });
});

describe('when a topic gets more partitions', () => {
  const addPartitions = async () => {
    await admin.createPartitions({ topicPartitions: [{ topic: topics[0]!, count: PARTITIONS + 1 }] });
    await eventually(async () => expect(await admin.fetchTopicOffsets(topics[0]!)).toHaveLength(PARTITIONS + 1));
  };
  const publishToAdded = async (...values: string[]) => {
    const own = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await own.connect();
    await own.send({ topic: topics[0]!, messages: values.map((value) => ({ key: 'k', value, partition: PARTITIONS })) });
    await own.disconnect();
  };

  it('while it is followed / its listeners get the records of the added ones too, and none of the others twice', async () => {
    const from = feed({ lookMs: 100 });
    const listener = await listen(from);
    await publish(topics[0]!, 1, 'a1-0');
    await publish(topics[1]!, 0, 'b0-0');
    await eventually(() => expect(listener.taken).toHaveLength(2));
    await addPartitions();
    await publishToAdded('added');
    await publish(topics[1]!, 0, 'b0-1');
    await publish(topics[0]!, 1, 'a1-1');
    await eventually(() => expect([...listener.taken].sort()).toEqual(['a1-0', 'a1-1', 'added', 'b0-0', 'b0-1']));
    await publishToAdded('added later');
    await eventually(() => expect(listener.taken.at(-1)).toBe('added later'));
    const again = await listen(feed(), listener.follower!.cursor);
    await publish(topics[1]!, 0, 'b0-2');
    await eventually(() => expect(again.taken).toEqual(['b0-2']));
    expect(listener.isLost).toBe(false);
  });

  it('while a listener accepts no more / it gets all records once it goes on', async () => {
    const from = feed({ lookMs: 100 });
    const slow = await listen(from, undefined, new Listener(1));
    const quick = await listen(from);
    await publish(topics[1]!, 0, ...range('b0-', 0, 3));
    await addPartitions();
    await publishToAdded('added');
    await eventually(() => expect(quick.taken).toHaveLength(4));
    slow.goOn();
    await eventually(() => expect([...slow.taken].sort()).toEqual(['added', 'b0-0', 'b0-1', 'b0-2']));
  });

  it('behind a cursor / its reader continues after it, and gets the added ones from their beginning', async () => {
    const first = await listen(feed());
    await publish(topics[0]!, 0, 'a0');
    await publish(topics[1]!, 1, 'b1');
    await eventually(() => expect(first.taken).toHaveLength(2));
    await addPartitions();
    await publishToAdded('added');
    const again = await listen(feed(), first.follower!.cursor);
    await eventually(() => expect(again.taken).toEqual(['added']));
  });

  it.each([
    ['follows', (from: EventFeed<string>) => listen(from)],
    ['follows and looks up', async (from: EventFeed<string>) => listen(from, (await from.mark()).cursor)],
  ])('and a cursor of now comes to a feed that still %s those of before / its reader misses no record', async (_, use) => {
    const from = feed();
    await use(from);
    await publish(topics[0]!, 0, ...range('a0-', 0, 5));
    await publish(topics[1]!, 0, ...range('b0-', 0, 5));
    await addPartitions();
    const { cursor } = await feed().mark();
    const listener = await listen(from, cursor);
    await publish(topics[1]!, 0, 'b0-5');
    await publish(topics[1]!, 1, 'b1-0');
    await publishToAdded('added');
    await eventually(() => expect([...listener.taken].sort()).toEqual(['added', 'b0-5', 'b1-0']));
  });
});

describe('when the position of a cursor is no longer retained', () => {
  async function cursorAfter(count: number): Promise<string> {
    const listener = await listen(feed());
    await publish(topics[0]!, 0, ...range('a0-', 0, count));
    await eventually(() => expect(listener.taken).toHaveLength(count));
    return listener.cursors[0]!;
  }

  /** The broker serves the deleted logs until it hears of the new ones. */
  async function recreateTopics(): Promise<void> {
    await deleteTopicsBy(admin, topics);
    await makeTopics();
    await eventually(async () => {
      for (const topic of topics) for (const { high } of await admin.fetchTopicOffsets(topic)) expect(high).toBe('0');
    });
  }

  it('and retention has deleted it / throws ExpiredCursor, and not before', async () => {
    const cursor = await cursorAfter(5);
    await admin.deleteTopicRecords({ topic: topics[0]!, partitions: [{ partition: 0, offset: '1' }] });
    await expect(feed().locate(cursor)).resolves.toMatchObject({ position: expect.arrayContaining([1]) });
    await admin.deleteTopicRecords({ topic: topics[0]!, partitions: [{ partition: 0, offset: '3' }] });
    await expect(feed().locate(cursor)).rejects.toThrow(ExpiredCursor);
  });

  it('and the topic was recreated and is shorter / throws ExpiredCursor', async () => {
    const cursor = await cursorAfter(5);
    await recreateTopics();
    await expect(feed().locate(cursor)).rejects.toThrow(ExpiredCursor);
  });

  it('and the topic was recreated with records before the position that are younger than the cursor / throws ExpiredCursor', async () => {
    const cursor = await cursorAfter(5);
    await recreateTopics();
    const messages = range('new-', 0, 9).map((value) => ({ value, partition: 0, timestamp: String(Date.now() + 60_000) }));
    await producer.send({ topic: topics[0]!, messages });
    await expect(feed().locate(cursor)).rejects.toThrow(ExpiredCursor);
  });

  it.each([
    ['of a listener that follows', Infinity],
    ['of a listener that accepts no more', 3],
  ])('and the cursor %s was asked for long after the topic was deleted / throws ExpiredCursor', async (_, pauseAfter) => {
    const listener = await listen(feed(), undefined, new Listener(pauseAfter));
    await publish(topics[0]!, 0, ...range('a0-', 0, 3));
    await eventually(() => expect(listener.taken).toHaveLength(3));
    await recreateTopics();
    const later = Date.now() + 60_000;
    const clock = jest.spyOn(Date, 'now').mockReturnValue(later);
    const { cursor } = listener.follower!;
    clock.mockRestore();
    const messages = range('new-', 0, 9).map((value) => ({ value, partition: 0, timestamp: String(later - 1_000) }));
    await producer.send({ topic: topics[0]!, messages });
    await expect(feed().locate(cursor)).rejects.toThrow(ExpiredCursor);
  });

  it('while listeners are behind / ends them', async () => {
    const from = feed();
    const slow = await listen(from, undefined, new Listener(1));
    const quick = await listen(from);
    for (let index = 0; index < 10_000; index += 500) await publish(topics[0]!, 0, ...range('a0-', index, index + 500));
    await eventually(() => expect(quick.taken).toHaveLength(10_000));
    await admin.deleteTopicRecords({ topic: topics[0]!, partitions: [{ partition: 0, offset: '9000' }] });
    slow.goOn();
    await eventually(() => expect(slow.isLost).toBe(true));
    expect(quick.isLost).toBe(false);
  });
});

describe('when a cursor was not made by this feed', () => {
  it.each(['', 'x', 'AAAA', 'not base64url!'])('and is %j / throws UnreadableCursor', async (cursor) => {
    await expect(feed().locate(cursor)).rejects.toThrow(UnreadableCursor);
  });
});

describe('a feed without a broker', () => {
  it('when a place is located / throws FeedUnavailable, since no starting position is known', async () => {
    const nowhere = createKafka({ brokers: ['127.0.0.1:1'], clientId: 'test' }, new Logger('Kafka'));
    const unreachable = new EventFeed<string>(nowhere, { topics, read: () => '', logger: new Logger('Feed') });
    await expect(unreachable.locate()).rejects.toThrow(FeedUnavailable);
    await unreachable.stop();
  });
});

describe('a feed without listeners', () => {
  it('when the last one has left / rests after a while, starts again for the next one, and never joins a consumer group', async () => {
    const joinGroup = () => {
      throw new Error('A group would be left behind.');
    };
    const groupless = createKafka({ brokers: testServers().brokers, clientId: 'test' }, new Logger('Kafka'));
    const from = new EventFeed<string>(Object.assign(groupless, { consumer: joinGroup }), {
      topics,
      lingerMs: 10,
      logger: new Logger('Feed'),
      read: ({ value }) => value?.toString(),
    });
    feeds.push(from);
    const first = await listen(from);
    first.follower!.stop();
    const tails = from as unknown as { starting: unknown };
    await eventually(() => expect(tails.starting).toBeUndefined());
    const second = await listen(from);
    await publish(topics[0]!, 0, 'again');
    await eventually(() => expect(second.taken).toEqual(['again']));
    expect(first.taken).toEqual([]);
  });
});
