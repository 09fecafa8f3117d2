import { setTimeout as delay } from 'node:timers/promises';
import { encodeCursor } from './feed-cursor.js';
import type { FeedTail, TailFollower } from './feed-tail.js';
import { isGone } from './held-place.js';
import type { LogLayout, LogPosition } from './log-layout.js';
import { FeedRecord } from './recent-records.js';
import type { LogChunk, LogRecord } from './topic-log.js';

const RETRY_MS = 500;

/** Who listens to a feed. */
export interface FeedListener<T> {
  /**
   * Takes the next entry; the follower's cursor is already the place after it.
   * @returns false where no more is wanted until `ready`
   */
  take(entry: T): boolean;
  /** Resolves once more can be taken. */
  ready(): Promise<void>;
  /** The place is gone from the logs: the follower has ended. */
  lost(): void;
}

export interface FollowerOptions<T> {
  tail: () => Promise<FeedTail<T>>;
  fetch: (position: Readonly<LogPosition>) => Promise<LogChunk[]>;
  read: (record: LogRecord) => T | undefined;
  now: () => number;
}

/**
 * One listener's way through the logs: at its own pace by fetches of its own while it is behind, with the tail once it is not.
 * The place is kept per partition and only ever grows, so that a change of the way skips and repeats nothing.
 */
export class FeedFollower<T> implements TailFollower<T> {
  private ended = false;
  private joined: FeedTail<T> | undefined;

  constructor(
    private readonly layout: LogLayout,
    readonly position: LogPosition,
    private readonly listener: FeedListener<T>,
    private readonly options: FollowerOptions<T>,
  ) {}

  /** The place after all that was taken, for `EventFeed.locate`. */
  get cursor(): string {
    return encodeCursor({ layout: this.layout, position: this.position, time: this.options.now() });
  }

  /** Follows until it is stopped, or its place is lost. */
  async run(): Promise<void> {
    while (!this.ended) {
      await this.listener.ready();
      if (this.ended) return;
      try {
        await this.step();
      } catch (error) {
        if (isGone(error)) return this.lose();
        await delay(RETRY_MS);
      }
    }
  }

  offer(record: FeedRecord<T>): boolean {
    const { slot, offset } = record.record;
    if (this.ended) return false;
    if (offset < this.position[slot]!) return true;
    this.position[slot] = offset + 1;
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
    const untilFull = tail.join(this);
    if (!untilFull) return this.readOn(await this.options.fetch(this.position));
    this.joined = tail;
    await untilFull;
    this.joined = undefined;
  }

  private async readOn(chunks: readonly LogChunk[]): Promise<void> {
    for (const { slot, records, next } of chunks) {
      for (const record of records) {
        if (!this.offer(new FeedRecord(record, this.options.read))) await this.listener.ready();
        if (this.ended) return;
      }
      this.position[slot] = Math.max(this.position[slot]!, next);
    }
  }
}
