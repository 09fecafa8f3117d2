import type { Logger } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { decodeCursor, encodeCursor, type FeedCursor } from './feed-cursor.js';
import { FeedFollower, type FeedListener } from './feed-follower.js';
import { FeedTail } from './feed-tail.js';
import { ExpiredCursor, FeedUnavailable } from './feed.errors.js';
import { assertHeld, isGone } from './held-place.js';
import { LogLayout, type LogPosition } from './log-layout.js';
import { TopicLog, type LogChunk, type LogRecord } from './topic-log.js';

/** So long the tail outlives its last follower: clients that come back find it warm. */
const LINGER_MS = 30_000;

export interface EventFeedOptions<T> {
  /** Full names of the topics. A new one goes to the end: cursors of before name those in front of it. */
  topics: readonly string[];
  /** How many of them, from the first on, a feed is nothing without; all unless it is said. The others are left out while they can't be read. */
  needed?: number;
  /** Makes an entry of a record; undefined for what is to be passed over. Must not throw. */
  read: (record: LogRecord) => T | undefined;
  logger: Logger;
  lingerMs?: number;
}

/** Where a follower begins. */
export interface FeedPlace {
  layout: LogLayout;
  position: LogPosition;
  /** The cursor's time, which cursors after it are not before: the clock of this process may be behind the broker's. */
  time?: number;
}

/** A place in the topics, for those who go on from it. */
export interface FeedMark {
  /** For {@link EventFeed.locate}. */
  cursor: string;
  /** Of each topic the offset of the next record of each partition. */
  offsets: Record<string, Record<string, number>>;
}

/**
 * What is published on some topics, for many listeners in this process: each from now on or from a cursor on, at its own pace.
 * Order holds per partition. Reads outside any consumer group, and only while somebody listens.
 */
export class EventFeed<T> {
  private starting: Promise<FeedTail<T>> | undefined;
  private lookup: Promise<TopicLog> | undefined;
  private lingering: NodeJS.Timeout | undefined;
  private readonly followers = new Set<FeedFollower<T>>();
  private youngest = 0;
  private stopped = false;
  /** Whether topics are left out: the same ones everywhere, until the feed rests. */
  private isReduced = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly options: EventFeedOptions<T>,
  ) {}

  /**
   * Fixes where to begin: after the cursor, or such that whatever is published from now on comes.
   * @throws {UnreadableCursor} {@link ExpiredCursor} {@link FeedUnavailable}
   */
  async locate(cursor?: string): Promise<FeedPlace> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor, this.options.topics);
    try {
      const tail = await this.tail();
      if (!after) return { layout: tail.layout, position: [...tail.position] };
      return await this.lookUp(async (log) => {
        const place = await placeOn(log, after);
        await assertHeld(log, place);
        return place;
      });
    } catch (error) {
      if (error instanceof ExpiredCursor) throw error;
      throw new FeedUnavailable(error);
    }
  }

  /**
   * Names the place behind which everything comes that is published from now on.
   * @throws {FeedUnavailable}
   */
  async mark(): Promise<FeedMark> {
    const { layout, position } = await this.locate();
    const offsets = layout.topics.map((topic) => {
      const slots = layout.slotsOf(topic).map((slot) => [String(layout.partitionOf(slot)), position[slot]!] as const);
      return [topic, Object.fromEntries(slots)] as const;
    });
    return { cursor: encodeCursor({ layout, position, time: this.now() }), offsets: Object.fromEntries(offsets) };
  }

  /** Has a listener follow from a place on, until it is stopped. */
  follow({ layout, position, time = 0 }: FeedPlace, listener: FeedListener<T>): FeedFollower<T> {
    const follower = new FeedFollower<T>(layout, [...position], listener, {
      tail: () => this.tail(),
      fetch: (from) => this.lookUp((log) => readFrom(log, layout, from)),
      read: this.read,
      now: () => Math.max(this.now(), time),
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

  /** Not before any record that was read, whatever this process' clock says. */
  private readonly now = (): number => Math.max(Date.now(), this.youngest);

  private tail(): Promise<FeedTail<T>> {
    if (this.stopped) return Promise.reject(new Error('The feed has been stopped.'));
    this.linger();
    const { logger } = this.options;
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

  /** All topics, or those that the feed needs where another can't be read: its rights are not given yet, or it is not made. */
  private async open(): Promise<TopicLog> {
    const { topics, needed = topics.length, logger } = this.options;
    if (needed === topics.length || this.isReduced) return TopicLog.open(this.kafka, topics.slice(0, needed));
    try {
      return await openReadable(this.kafka, topics, needed);
    } catch (err) {
      const log = await TopicLog.open(this.kafka, topics.slice(0, needed));
      this.isReduced = true;
      logger.warn({ msg: 'The event feed leaves out topics that it can not read.', topics: topics.slice(needed), err });
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

  /** Asks the logs beside the tail, whose requests wait for records. A connection that has gone stale is made anew once. */
  private async lookUp<R>(ask: (log: TopicLog) => Promise<R>): Promise<R> {
    for (let attempt = 1; ; attempt++) {
      const opening = (this.lookup ??= this.open());
      try {
        return await ask(await opening);
      } catch (error) {
        if (isGone(error)) throw error;
        if (this.lookup === opening) this.lookup = undefined;
        void opening.then((log) => log.close()).catch(() => undefined);
        if (attempt === 2) throw error;
      }
    }
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
    const { starting, lookup } = this;
    this.isReduced = false;
    this.starting = undefined;
    this.lookup = undefined;
    await Promise.allSettled([starting?.then((tail) => tail.stop()), lookup?.then((log) => log.close())]);
  }
}

function readFrom(log: TopicLog, layout: LogLayout, position: Readonly<LogPosition>): Promise<LogChunk[]> {
  if (!log.layout.equals(layout)) throw new ExpiredCursor();
  return log.fetchNow(position);
}

/** Opens the logs of topics and tries to read those behind the needed ones. */
async function openReadable(kafka: Kafka, topics: readonly string[], needed: number): Promise<TopicLog> {
  const log = await TopicLog.open(kafka, topics);
  try {
    const others = topics.slice(needed).flatMap((topic) => log.layout.slotsOf(topic));
    await log.fetchNow(await log.ends(), others);
    return log;
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** A cursor's place in the topics of a log: in those that were added after it, from its time on; without those that are left out. */
async function placeOn(log: TopicLog, cursor: FeedCursor): Promise<FeedCursor> {
  const { layout } = log;
  const known = cursor.layout.topics.length;
  if (known === layout.topics.length) return cursor;
  if (known > layout.topics.length) return { ...cursor, layout, position: cursor.position.slice(0, layout.size) };
  const [since, ends] = await Promise.all([log.since(cursor.time), log.ends()]);
  const added = layout.topics.slice(known).flatMap((topic) => layout.slotsOf(topic));
  const position = [...cursor.position, ...added.map((slot) => (since[slot]! < 0 ? ends[slot]! : since[slot]!))];
  const partitions = [...cursor.layout.partitions, ...layout.partitions.slice(known)];
  return { layout: new LogLayout(layout.topics, partitions), position, time: cursor.time };
}
