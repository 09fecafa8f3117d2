import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import { backOffMs } from '#app/timing';
import { assertRetained, isNoLongerRetained } from './retained-position.js';
import type { LogLayout, LogPosition } from './log-layout.js';
import { FeedRecord, RecentRecords } from './recent-records.js';
import type { LogRecord, TopicLog } from './topic-log.js';

/** How long a broker may wait for records; a stop is noticed this late. */
const FETCH_WAIT_MS = 1_000;
const RETRY = { firstMs: 250, longestMs: 5_000 } as const;

export interface TailFollower<T> {
  readonly position: Readonly<LogPosition>;
  /** @returns false where it can take no more for now */
  offer(record: FeedRecord<T>): boolean;
}

export interface TailOptions<T> {
  open: () => Promise<TopicLog>;
  read: (record: LogRecord) => T | undefined;
  /** Never earlier than a record that was read. */
  now: () => number;
  /** The tail's position is no longer retained: followers need a new start. */
  onLost: () => void;
  logger: Logger;
}

/** Reads the logs from their ends, once for all followers. After an outage it continues where it was. */
export class FeedTail<T> {
  private readonly followers = new Map<TailFollower<T>, () => void>();
  private readonly recent: RecentRecords<T>;
  private readonly stopping = new AbortController();
  /** When the logs last answered, on the clock of `now`. */
  reachedAt: number;

  private constructor(
    private log: TopicLog | undefined,
    private readonly place: LogPosition,
    readonly layout: LogLayout,
    private readonly options: TailOptions<T>,
  ) {
    this.recent = new RecentRecords(place);
    this.reachedAt = options.now();
  }

  /** @throws {Error} where the logs can't be reached, since their ends are then unknown */
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

  /** The position before all records that are published from now on. */
  get position(): Readonly<LogPosition> {
    return this.place;
  }

  /**
   * Gives a follower the records that it missed and all new ones, until it can take no more.
   * @returns resolves then, or once the tail has ended; undefined where the follower is further behind than the recent records reach
   */
  join(follower: TailFollower<T>): Promise<void> | undefined {
    if (this.stopping.signal.aborted) return Promise.resolve();
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
      await assertRetained(log, { layout: this.layout, position: this.place, time: this.reachedAt });
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
        if (isNoLongerRetained(err)) return this.lose();
        if (failures++ === 0) logger.warn({ msg: 'The event feed is interrupted.', err });
        await delay(backOffMs(failures, RETRY), undefined, { signal }).catch(() => undefined);
      }
    }
    // It can have been opened while `stop` closed the former one.
    await this.dropLog();
  }

  /** One loop per leader, so that an idle broker does not delay the records of others. */
  private async follow(log: TopicLog): Promise<void> {
    await Promise.all(
      log.leaders.map(async (leader) => {
        while (this.log === log && !this.stopping.signal.aborted) {
          const chunks = await log.fetch(this.place, leader, FETCH_WAIT_MS);
          // Another loop failed while this one waited: the reopened log delivers these records, so they must not be delivered twice.
          if (this.log !== log) return;
          for (const { partitionIndex, records, next } of chunks) {
            this.place[partitionIndex] = next;
            for (const record of records) this.deliver(new FeedRecord(record, this.options.read));
          }
          this.reachedAt = this.options.now();
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
    this.options.logger.warn({ msg: 'The position of the event feed is no longer retained.' });
    this.stopping.abort();
    this.options.onLost();
  }
}
