import type { Logger } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { decodeCursor, encodeCursor, isCursor, type FeedCursor } from './feed-cursor.js';
import { FeedFollower, type FeedListener } from './feed-follower.js';
import { FeedTail } from './feed-tail.js';
import { ExpiredCursor, FeedUnavailable, isUnreadableTopic, OtherPartitions } from './feed.errors.js';
import { assertRetained, isNoLongerRetained } from './retained-position.js';
import type { LogLayout } from './log-layout.js';
import { TopicLog, type LogChunk, type LogRecord } from './topic-log.js';

/** How long the tail stays open after its last follower: clients that return soon need no new one. */
const LINGER_MS = 30_000;
const LOOK_MS = 60_000;

interface EventFeedOptions<T> {
  /** Full names of the topics. A new topic goes to the end, since older cursors name only the topics before it. */
  topics: readonly string[];
  /** How many topics, counted from the first, the feed cannot work without. The others are left out while they are not readable. @default all */
  needed?: number;
  /** Makes an entry of a record; undefined skips the record. Must not throw. */
  read: (record: LogRecord) => T | undefined;
  logger: Logger;
  lingerMs?: number;
  /** How often an open tail looks for added partitions, in milliseconds. @default a minute */
  lookMs?: number;
}

/** A position in the topics, for a client that continues from it. */
export interface FeedMark {
  /** Input of {@link EventFeed.locate}. */
  cursor: string;
  /** By topic and partition: the offset of the next record. */
  offsets: Record<string, Record<string, number>>;
}

/**
 * Gives the records of some topics to many listeners of this process, each from now on or from a cursor on, at its own pace.
 * Keeps the order of each partition. Reads outside any consumer group, and only while there are listeners.
 */
export class EventFeed<T> {
  private starting: Promise<FeedTail<T>> | undefined;
  private lookup: Promise<TopicLog> | undefined;
  private lingering: NodeJS.Timeout | undefined;
  private looking: NodeJS.Timeout | undefined;
  private readonly followers = new Set<FeedFollower<T>>();
  private youngest = 0;
  private stopped = false;
  /** Whether topics are left out. It holds for all followers, until the feed rests. */
  private isReduced = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly options: EventFeedOptions<T>,
  ) {}

  /**
   * Fixes a starting position: after the cursor, or before all records that are published from now on.
   * @throws {UnreadableCursor} {@link ExpiredCursor} {@link FeedUnavailable}
   */
  async locate(cursor?: string): Promise<FeedCursor> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor, this.options.topics);
    try {
      const tail = await this.tail();
      if (!after) return { layout: tail.layout, position: [...tail.position], time: tail.reachedAt };
      return await this.place(after);
    } catch (error) {
      if (error instanceof ExpiredCursor) throw error;
      throw new FeedUnavailable(error);
    }
  }

  /**
   * Returns the position before all records that are published from now on. It asks the broker: an open tail may not know yet that the
   * broker is away.
   * @throws {FeedUnavailable}
   */
  async mark(): Promise<FeedMark> {
    const place = await this.ends();
    const { layout, position } = place;
    const offsets = layout.topics.map((topic) => {
      const partitionIndexes = layout
        .partitionIndexesOf(topic)
        .map((partitionIndex) => [String(layout.partitionOf(partitionIndex)), position[partitionIndex]!] as const);
      return [topic, Object.fromEntries(partitionIndexes)] as const;
    });
    return { cursor: encodeCursor(place), offsets: Object.fromEntries(offsets) };
  }

  /** Whether a text is a cursor of this feed, so that {@link EventFeed.locate} can read it. */
  isReadable(cursor: string): boolean {
    return isCursor(cursor, this.options.topics);
  }

  /** Lets a listener follow from a position on, until it is stopped. */
  follow({ layout, position, time }: FeedCursor, listener: FeedListener<T>): FeedFollower<T> {
    const follower = new FeedFollower<T>(layout, [...position], time, listener, {
      tail: () => this.tail(),
      fetch: (from) => this.lookUp((log) => readFrom(log, from)),
      carryOver: (from) => this.place(from),
      read: this.read,
    });
    this.followers.add(follower);
    void follower.run().finally(() => {
      this.followers.delete(follower);
      this.linger();
    });
    return follower;
  }

  /** Ends all followers and connections. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const follower of this.followers) follower.stop();
    await this.rest();
  }

  private readonly read = (record: LogRecord): T | undefined => {
    this.youngest = Math.max(this.youngest, record.timestamp);
    return this.options.read(record);
  };

  /** Never earlier than a record that was read, whatever this process's clock says. */
  private readonly now = (): number => Math.max(Date.now(), this.youngest);

  private tail(): Promise<FeedTail<T>> {
    if (this.stopped) return Promise.reject(new Error('The feed is stopped.'));
    this.linger();
    const { logger, lookMs = LOOK_MS } = this.options;
    const told = (err: unknown): void => logger.debug({ msg: 'The event feed cannot look for added partitions.', err });
    this.looking ??= setInterval(() => void this.look().catch(told), lookMs).unref();
    const starting = (this.starting ??= FeedTail.start<T>({
      open: () => this.open(),
      read: this.read,
      now: this.now,
      onLost: () => this.lose(starting),
      logger,
    }));
    starting.catch(() => this.forget(starting));
    return starting;
  }

  /** Opens the topics as they are now. What is open of them as they were is ended. */
  private async open(): Promise<TopicLog> {
    const log = await this.openTopics();
    this.leaveOthers(log.layout);
    return log;
  }

  /** Looks for partitions that an operator has added while the tail is open. */
  private async look(): Promise<void> {
    const tail = await this.starting;
    if (!tail) return;
    const log = await TopicLog.open(this.kafka, tail.layout.topics);
    this.leaveOthers(log.layout);
    await log.close();
  }

  /** Ends what was opened while the topics had other partitions: the followers go over to a new tail, from where they are. */
  private leaveOthers(layout: LogLayout): void {
    const { starting, lookup } = this;
    const endTail = async (tail: FeedTail<T>): Promise<void> => {
      if (tail.layout.equals(layout)) return;
      this.forget(starting!);
      await tail.stop();
    };
    const endLookup = async (log: TopicLog): Promise<void> => {
      if (log.layout.equals(layout)) return;
      if (this.lookup === lookup) this.lookup = undefined;
      await log.close();
    };
    void Promise.allSettled([starting?.then(endTail), lookup?.then(endLookup)]);
  }

  /**
   * Opens all topics, or only the needed ones where another topic is missing or may not be read yet.
   * A broker that fails for a moment is no reason to leave out a topic: that would end the streams that have it.
   */
  private async openTopics(): Promise<TopicLog> {
    const { topics, needed = topics.length, logger } = this.options;
    if (needed === topics.length || this.isReduced) return TopicLog.open(this.kafka, topics.slice(0, needed));
    try {
      return await openReadable(this.kafka, topics, needed);
    } catch (err) {
      if (!isUnreadableTopic(err)) throw err;
      const log = await TopicLog.open(this.kafka, topics.slice(0, needed));
      this.isReduced = true;
      logger.warn({ msg: 'The event feed leaves out topics that it cannot read.', topics: topics.slice(needed), err });
      return log;
    }
  }

  private forget(starting: Promise<FeedTail<T>>): void {
    if (this.starting === starting) this.starting = undefined;
  }

  private lose(starting: Promise<FeedTail<T>>): void {
    this.forget(starting);
    for (const follower of this.followers) follower.lose();
  }

  private async ends(): Promise<FeedCursor> {
    this.linger();
    try {
      if (this.stopped) throw new Error('The feed is stopped.');
      return await this.lookUp(async (log) => ({ layout: log.layout, position: await log.ends(), time: this.now() }));
    } catch (error) {
      throw new FeedUnavailable(error);
    }
  }

  /** Reads the logs on connections apart from the tail's, whose requests wait for records. After a failure it reconnects once. */
  private async lookUp<R>(ask: (log: TopicLog) => Promise<R>): Promise<R> {
    for (let attempt = 1; ; attempt++) {
      const opening = (this.lookup ??= this.open());
      try {
        return await ask(await opening);
      } catch (error) {
        if (isNoLongerRetained(error)) throw error;
        if (this.lookup === opening) this.lookup = undefined;
        void opening.then((log) => log.close()).catch(() => undefined);
        if (attempt === 2) throw error;
      }
    }
  }

  /** The place of a cursor in the topics of now. @throws {ExpiredCursor} */
  private async place(cursor: FeedCursor): Promise<FeedCursor> {
    // Another process can have found added partitions before this one.
    if (await this.lookUp((log) => Promise.resolve(log.layout.lacksPartitionsOf(cursor.layout)))) await this.look();
    return this.lookUp(async (log) => {
      const place = await placeOn(log, cursor);
      await assertRetained(log, place);
      return place;
    });
  }

  private linger(): void {
    clearTimeout(this.lingering);
    if (this.stopped) return;
    this.lingering = setTimeout(() => {
      if (this.followers.size === 0) void this.rest();
    }, this.options.lingerMs ?? LINGER_MS).unref();
  }

  private async rest(): Promise<void> {
    clearTimeout(this.lingering);
    clearInterval(this.looking);
    const { starting, lookup } = this;
    this.looking = undefined;
    this.isReduced = false;
    this.starting = undefined;
    this.lookup = undefined;
    await Promise.allSettled([starting?.then((tail) => tail.stop()), lookup?.then((log) => log.close())]);
  }
}

function readFrom(log: TopicLog, { layout, position }: FeedCursor): Promise<LogChunk[]> {
  if (!log.layout.equals(layout)) throw new OtherPartitions();
  return log.fetchNow(position);
}

/** Opens the logs of all topics and checks that those after the needed ones are readable. */
async function openReadable(kafka: Kafka, topics: readonly string[], needed: number): Promise<TopicLog> {
  const log = await TopicLog.open(kafka, topics);
  try {
    const others = topics.slice(needed).flatMap((topic) => log.layout.partitionIndexesOf(topic));
    await log.fetchNow(await log.ends(), others);
    return log;
  } catch (error) {
    await log.close();
    throw error;
  }
}

/**
 * A cursor's position in the topics of a log. Added partitions start at their beginning, added topics at the cursor's time; topics that are
 * left out are dropped.
 * @throws {ExpiredCursor} where a topic has fewer partitions: it was made again
 */
async function placeOn(log: TopicLog, cursor: FeedCursor): Promise<FeedCursor> {
  const { layout } = log;
  const { layout: former, position, time } = cursor;
  if (layout.equals(former)) return cursor;
  const isKnown = (topic: string): boolean => former.topics.includes(topic);
  if (layout.lacksPartitionsOf(former)) throw new ExpiredCursor();
  const [starts, since, ends] = await Promise.all([log.starts(), log.since(time), log.ends()]);
  const added = (partitionIndex: number): number => {
    if (isKnown(layout.topicOf(partitionIndex))) return starts[partitionIndex]!;
    return since[partitionIndex]! < 0 ? ends[partitionIndex]! : since[partitionIndex]!;
  };
  return { layout, position: layout.carryOver(former, position, added), time };
}
