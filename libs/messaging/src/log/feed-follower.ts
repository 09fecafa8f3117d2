import { setTimeout as delay } from 'node:timers/promises';
import { encodeCursor } from './feed-cursor.js';
import type { FeedTail, TailFollower } from './feed-tail.js';
import { isNoLongerRetained } from './retained-position.js';
import type { LogLayout, LogPosition } from './log-layout.js';
import type { FeedCursor } from './feed-cursor.js';
import { FeedRecord } from './recent-records.js';
import type { LogChunk, LogRecord } from './topic-log.js';

const RETRY_MS = 500;

export interface FeedListener<T> {
  /**
   * Takes the next entry. The follower's cursor is already the position after it.
   * @returns false to get no more entries until `ready` resolves
   */
  take(entry: T): boolean;
  /** Resolves when the listener can take more. */
  ready(): Promise<void>;
  /** The position is no longer retained; the follower has ended. */
  lost(): void;
}

interface FollowerOptions<T> {
  tail: () => Promise<FeedTail<T>>;
  fetch: (place: FeedCursor) => Promise<LogChunk[]>;
  /** The place in the topics as they are now. */
  carryOver: (place: FeedCursor) => Promise<FeedCursor>;
  read: (record: LogRecord) => T | undefined;
}

/**
 * Leads one listener through the logs: by its own fetches while it is behind, with the tail after that.
 * Positions are kept per partition and only grow, so that a change between the two neither skips nor repeats a record.
 */
export class FeedFollower<T> implements TailFollower<T> {
  private ended = false;
  private joined: FeedTail<T> | undefined;

  /** @param reachedAt when the position was reached, in milliseconds since 1970 */
  constructor(
    private layout: LogLayout,
    public position: LogPosition,
    private reachedAt: number,
    private readonly listener: FeedListener<T>,
    private readonly options: FollowerOptions<T>,
  ) {}

  /** The position after all entries that were taken, for `EventFeed.locate`. */
  get cursor(): string {
    return encodeCursor(this.place);
  }

  /** Its time stands still while the logs do not answer: topics can be recreated meanwhile. */
  private get place(): FeedCursor {
    const time = Math.max(this.reachedAt, this.joined?.reachedAt ?? 0);
    return { layout: this.layout, position: this.position, time };
  }

  /** Follows until it is stopped or its position is no longer retained. */
  async run(): Promise<void> {
    while (!this.ended) {
      await this.listener.ready();
      if (this.ended) return;
      try {
        await this.step();
      } catch (error) {
        if (isNoLongerRetained(error)) return this.lose();
        await delay(RETRY_MS);
      }
    }
  }

  offer(record: FeedRecord<T>): boolean {
    const { partitionIndex, offset, timestamp } = record.record;
    if (this.ended) return false;
    if (offset < this.position[partitionIndex]!) return true;
    this.position[partitionIndex] = offset + 1;
    this.reachedAt = Math.max(this.reachedAt, timestamp);
    const { entry } = record;
    return (entry === undefined || this.listener.take(entry)) && !this.ended;
  }

  stop(): void {
    this.ended = true;
    this.joined?.leave(this);
  }

  lose(): void {
    if (this.ended) return;
    this.stop();
    this.listener.lost();
  }

  private async step(): Promise<void> {
    const tail = await this.options.tail();
    if (this.ended) return;
    if (!tail.layout.equals(this.layout)) return this.goOver();
    const untilFull = tail.join(this);
    if (!untilFull) return this.readOn(await this.options.fetch(this.place));
    this.joined = tail;
    await untilFull;
    this.reachedAt = this.place.time;
    this.joined = undefined;
  }

  /** The topics have got more partitions, or other topics are left out. */
  private async goOver(): Promise<void> {
    const { layout, position } = await this.options.carryOver(this.place);
    [this.layout, this.position] = [layout, [...position]];
  }

  private async readOn(chunks: readonly LogChunk[]): Promise<void> {
    for (const { partitionIndex, records, next } of chunks) {
      for (const record of records) {
        if (!this.offer(new FeedRecord(record, this.options.read))) await this.listener.ready();
        if (this.ended) return;
      }
      this.position[partitionIndex] = Math.max(this.position[partitionIndex]!, next);
    }
  }
}
