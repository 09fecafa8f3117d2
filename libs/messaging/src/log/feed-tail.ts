import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import { backOffMs } from '#app/timing';
import { assertHeld, isGone } from './held-place.js';
import type { LogLayout, LogPosition } from './log-layout.js';
import { FeedRecord, RecentRecords } from './recent-records.js';
import type { LogRecord, TopicLog } from './topic-log.js';

/** How long a broker may wait for something to send; also how late a stop is noticed. */
const FETCH_WAIT_MS = 1_000;
const RETRY = { firstMs: 250, longestMs: 5_000 } as const;

/** Who takes the records of the tail. */
export interface TailFollower<T> {
  readonly position: Readonly<LogPosition>;
  /** @returns false where it can take no more for now */
  offer(record: FeedRecord<T>): boolean;
}

export interface TailOptions<T> {
  open: () => Promise<TopicLog>;
  read: (record: LogRecord) => T | undefined;
  /** Not before any record that was read. */
  now: () => number;
  /** What the tail stood on is gone from the logs: who follows has to find a new beginning. */
  onLost: () => void;
  logger: Logger;
}

/** Reads the logs on from their ends, once for all who follow. An outage only delays it: it goes on where it was. */
export class FeedTail<T> {
  private readonly followers = new Map<TailFollower<T>, () => void>();
  private readonly recent: RecentRecords<T>;
  private readonly stopping = new AbortController();

  private reachedAt: number;

  private constructor(
    private log: TopicLog | undefined,
    private readonly place: LogPosition,
    readonly layout: LogLayout,
    private readonly options: TailOptions<T>,
  ) {
    this.recent = new RecentRecords(place);
    this.reachedAt = options.now();
  }

  /** @throws {Error} where the logs can't be reached: without them there is no end to begin at */
  static async start<T>(options: TailOptions<T>): Promise<FeedTail<T>> {
    const log = await options.open();
    try {
      const tail = new FeedTail(log, await log.ends(), log.layout, options);
      void tail.run();
      return tail;
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  /** Whatever is published from now on comes after it. */
  get position(): Readonly<LogPosition> {
    return this.place;
  }

  /**
   * Serves a follower with what it has missed and all that comes, until it can take no more.
   * @returns that moment; undefined where it is further behind than the tail remembers
   */
  join(follower: TailFollower<T>): Promise<void> | undefined {
    if (!this.recent.reaches(follower.position)) return undefined;
    for (const record of this.recent) if (!follower.offer(record)) return Promise.resolve();
    return new Promise((resolve) => this.followers.set(follower, resolve));
  }

  leave(follower: TailFollower<T>): void {
    this.followers.get(follower)?.();
    this.followers.delete(follower);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    for (const follower of this.followers.keys()) this.leave(follower);
    await this.log?.close();
  }

  private async reopen(): Promise<TopicLog> {
    const log = await this.options.open();
    try {
      await assertHeld(log, { layout: this.layout, position: this.place, time: this.reachedAt });
      return log;
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  private async run(): Promise<void> {
    const { logger } = this.options;
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted;) {
      try {
        this.log ??= await this.reopen();
        if (failures > 0) logger.log({ msg: 'The event feed goes on.', failures });
        failures = 0;
        await this.follow(this.log);
      } catch (err) {
        await this.dropLog();
        if (signal.aborted) return;
        if (isGone(err)) return this.lose();
        if (failures++ === 0) logger.warn({ msg: 'The event feed is interrupted.', err });
        await delay(backOffMs(failures, RETRY), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** One loop a leader: a broker that has nothing to send keeps nobody else's records waiting. */
  private async follow(log: TopicLog): Promise<void> {
    await Promise.all(
      log.leaders.map(async (leader) => {
        while (this.log === log && !this.stopping.signal.aborted) {
          const chunks = await log.fetch(this.place, leader, FETCH_WAIT_MS);
          // A loop that outlives the failure of another must not deliver beside its successor.
          if (this.log !== log) return;
          this.reachedAt = this.options.now();
          for (const { slot, records, next } of chunks) {
            this.place[slot] = next;
            for (const record of records) this.deliver(new FeedRecord(record, this.options.read));
          }
        }
      }),
    );
  }

  private deliver(record: FeedRecord<T>): void {
    this.recent.add(record);
    for (const follower of this.followers.keys()) if (!follower.offer(record)) this.leave(follower);
  }

  private async dropLog(): Promise<void> {
    const { log } = this;
    this.log = undefined;
    await log?.close();
  }

  private lose(): void {
    this.options.logger.warn({ msg: 'What the event feed stood on is gone from the topics.' });
    this.stopping.abort();
    this.options.onLost();
  }
}
