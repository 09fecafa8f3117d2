import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import type pg from 'pg';
import { backOffMs } from '#app/timing';
import {
  BlockedPartitions,
  isRefusal,
  reasonOf,
  type DuePartitions,
  type PartitionFailure,
  type PartitionName,
} from './blocked-partitions.js';
import { LONGEST_SEND_MS } from './leader-send.js';
import { OutboxPublisher, type PublishResult } from './outbox-publisher.js';
import { OutboxFloor } from './outbox-floor.js';
import { fitting, nextRows, PASS_ROWS, wantedRows, withContents, type PendingRow, type WaitingRow } from './pending-rows.js';
import { RecentRows } from './recent-rows.js';
import type { RecordStamp } from './partition-batches.js';
import { PublishingRecord } from './publishing-record.js';
import { LEASE, type RelayLease } from './relay-lease.js';
import type { Wakeup } from './wakeup.js';

/**
 * After a pass this large more rows wait: a short pause makes the next pass larger, which costs less a row. A pass costs about a
 * millisecond of CPU besides its rows. Below some 700 rows a second passes stay smaller than this, and no event waits for a pause.
 */
const BUSY = { rows: 20, pauseMs: 25 } as const;
/**
 * How far apart passes begin: a pass of one row costs as much as one of ten, and updates that come one after the other share the gateway's
 * thread with it. An event that comes later than this after the last pass waits for nothing.
 */
const APART_MS = 3;
/** A read leaves rows out where they have four MiB; these have fewer in any case. */
const FEW = { rows: BUSY.rows, characters: 500_000 } as const;
const RETRY = { firstMs: 100, longestMs: 5_000 } as const;

interface OutboxPassesOptions {
  kafka: Kafka;
  /** Number of partitions that the topics must have; not checked where absent. */
  partitions?: number | undefined;
  /** Headers that each record gets when it is sent, so that rows that waited have them too. */
  stamp?: RecordStamp | undefined;
  /** How long an idle relay waits before it looks again by itself, in milliseconds. */
  pollMs: number;
  /** Rows were committed. */
  wakeup: Wakeup;
  stopped: AbortSignal;
}

/** The last failed attempt. */
export interface PublishFailure {
  reason: string;
  /** The partition, or the topic, that failed; null where no broker answered. */
  at: PartitionName | null;
  /** The broker refused the records, and the state of the cluster was not the reason: the cause can lie in this process. */
  isLasting: boolean;
}

/** What a pass ran with, besides its rows. */
interface PassTerms {
  lease: RelayLease;
  /** All rows of its partitions are above this id. */
  above: number;
}

/** Why a relay stops publishing. */
export type PassesEnd = 'stopped' | 'lease lost' | 'cannot publish';

/**
 * Publishes the outbox pass by pass, while the lease is held.
 * A failed partition is left out of the passes and tried separately, so that a silent broker delays no rows of other brokers.
 */
export class OutboxPasses {
  private readonly logger = new Logger('OutboxRelay');
  private readonly publisher: OutboxPublisher;
  private readonly probe: OutboxPublisher;
  private probing: Promise<void> | undefined;
  /** Settles when the published rows are deleted. The session answers in order, so a later statement finds them deleted. */
  private deleting: Promise<unknown> = Promise.resolve();
  private readonly record = new PublishingRecord();
  private floor = new OutboxFloor();
  /** The same for the rows of partitions that are not blocked: made anew when one is free again. */
  private freeFloor = this.floor.another();
  /** When the last pass began. */
  private beganAt = -APART_MS;
  private lease: RelayLease | undefined;
  /** Failed attempts in a row that reached no broker. */
  private failures = 0;
  readonly blocked = new BlockedPartitions();
  readonly recent = new RecentRows();
  /** Undefined after a success. */
  lastFailure: PublishFailure | undefined;
  published = 0;
  failed = 0;

  constructor(private readonly options: OutboxPassesOptions) {
    const mayBegin = (): boolean => this.lease !== undefined && this.lease.remainingMs >= LONGEST_SEND_MS;
    const { kafka, partitions, stamp } = options;
    this.publisher = new OutboxPublisher(kafka, { partitions, stamp, mayBegin });
    this.probe = new OutboxPublisher(kafka, { partitions, stamp, mayBegin });
  }

  /** Whether rows wait that could not be published. */
  get isInterrupted(): boolean {
    return this.failures > 0 || this.blocked.size > 0;
  }

  /** @param hasStandby whether another relay would take the lease */
  async publishWhileHeld(session: pg.Client, lease: RelayLease, hasStandby: () => Promise<boolean>): Promise<PassesEnd> {
    this.lease = lease;
    this.deleting = Promise.resolve();
    this.record.restart();
    this.floor = new OutboxFloor();
    this.freeFloor = this.floor.another();
    this.recent.open();
    try {
      return await this.passes(session, lease, hasStandby);
    } finally {
      this.lease = undefined;
      this.recent.close();
      await this.probing;
      await this.close();
      this.blocked.clearAll();
      this.failures = 0;
    }
  }

  /** Whether a broker answers this process now, and the leader of what failed too. */
  canReach(failed: PublishFailure['at']): Promise<boolean> {
    return this.probe.canReach(failed);
  }

  async close(): Promise<void> {
    await Promise.all([this.publisher.close(), this.probe.close()]);
  }

  private async passes(session: pg.Client, lease: RelayLease, hasStandby: () => Promise<boolean>): Promise<PassesEnd> {
    const { stopped, wakeup, pollMs } = this.options;
    let renewAt = performance.now() + LEASE.renewEveryMs;
    while (!stopped.aborted) {
      if (performance.now() >= renewAt || lease.remainingMs < LONGEST_SEND_MS) {
        if (!(await lease.renew())) return 'lease lost';
        if (this.record.shouldHandOver(this.blocked.longestMs) && (await hasStandby())) {
          this.record.handedOver();
          return 'cannot publish';
        }
        renewAt = performance.now() + LEASE.renewEveryMs;
      }
      this.tryBlocked(session, lease);
      await this.keepApart();
      const { rows, isEnd } = await this.nextRows(session);
      if (rows.length > 0) {
        await this.publish(rows, lease);
        // Each later commit wakes the relay.
        if (areAll(rows) && !this.isInterrupted) await wakeup.wait(pollMs);
      } else if (isEnd) {
        this.nothingWaits();
        await wakeup.wait(this.probing ? pollMs : Math.max(0, Math.min(pollMs, this.blocked.dueInMs)));
      }
      if (rows.length >= BUSY.rows && rows.length < PASS_ROWS) await this.pause(BUSY.pauseMs);
    }
    await this.deleting;
    return 'stopped';
  }

  private async keepApart(): Promise<void> {
    const leftMs = this.beganAt + APART_MS - performance.now();
    // A timer leaves out parts of a millisecond.
    if (leftMs > 0) await this.pause(Math.ceil(leftMs));
    this.beganAt = performance.now();
  }

  private async publish(rows: PendingRow[], lease: RelayLease): Promise<void> {
    // Only rows of partitions that the read left out can be below it.
    const above = (this.blocked.size === 0 ? this.floor : this.freeFloor).id;
    const result = await this.publisher.publish(rows);
    this.conclude(rows, result, { lease, above });
    if (result.failure !== undefined) await this.pause(backOffMs(this.failures, RETRY));
  }

  private conclude(rows: readonly PendingRow[], result: PublishResult, { lease, above }: PassTerms): void {
    const { published, failed, failure } = result;
    this.published += published.length;
    if (published.length > 0) this.remove(published, lease);
    this.logPublished(rows, published);
    if (failure !== undefined) return this.noBroker(failure);
    for (const each of failed) this.block(each, above);
    if (published.length > 0) this.succeeded();
  }

  private remove(ids: readonly number[], lease: RelayLease): void {
    this.recent.drop(ids);
    // Without a value: the value of `Promise.all` would hold that of each pass before it.
    this.deleting = Promise.all([this.deleting, lease.deletePublished(ids)]).then(() => undefined);
    // Whoever waits for it fails; nobody does during a pause.
    this.deleting.catch(() => undefined);
  }

  /** The rows of the next pass, without those of blocked partitions. `isEnd`: there are no others. */
  private async nextRows(session: pg.Client): Promise<{ rows: PendingRow[]; isEnd: boolean }> {
    const choose = this.blocked.leavingOut(this.partitionOf);
    const reading =
      this.blocked.size === 0
        ? this.floor.read(session, (above) => nextRows(session, above))
        : this.freeFloor.read(session, (above) => wantedRows(session, above, choose));
    const [found] = await Promise.all([reading, this.deleting]);
    this.recent.dropUpTo(this.floor.id);
    const rows = this.blocked.leavingOut(this.partitionOf)(found);
    return { rows: await withContents(session, fitting(rows), this.recent), isEnd: found.length === 0 };
  }

  private readonly partitionOf = (row: WaitingRow): number | undefined =>
    this.publisher.partitionOf(row) ?? this.probe.partitionOf(row);

  /** Tries due blocked partitions in parallel to the passes, one attempt at a time. */
  private tryBlocked(session: pg.Client, lease: RelayLease): void {
    const due = this.blocked.due(this.partitionOf);
    if (this.probing || !due) return;
    this.probing = this.tryRowsOf(session, lease, due)
      .catch(() => this.blocked.putOff())
      .finally(() => {
        this.probing = undefined;
        this.options.wakeup.wake();
      });
  }

  private async tryRowsOf(session: pg.Client, lease: RelayLease, due: DuePartitions): Promise<void> {
    const found = await wantedRows(session, due.above, due.rowsOf);
    const rows = await withContents(session, fitting(found), this.recent);
    const result = await this.probe.publish(rows);
    this.conclude(rows, result, { lease, above: due.above });
    await this.deleting;
    if (result.failure !== undefined) return this.blocked.putOff();
    const sent = new Set(result.published);
    for (const row of rows.filter(({ id }) => sent.has(id))) this.unblock(row, result.failed);
    if (rows.length > 0) return this.blocked.putOffTopics(new Set(rows.map(({ topic }) => topic)));
    this.blocked.clearDue();
    this.freeFloor = this.floor.another();
  }

  private unblock(row: PendingRow, failed: readonly PartitionFailure[]): void {
    const partition = this.probe.partitionOf(row) ?? null;
    if (failed.some((each) => each.topic === row.topic && (each.partition === null || each.partition === partition))) return;
    const wasBlocked = { topic: this.blocked.clear(row.topic, null), partition: this.blocked.clear(row.topic, partition) };
    if (wasBlocked.topic || wasBlocked.partition) this.freeFloor = this.floor.another();
    if (!wasBlocked.partition) return;
    this.logger.log({ msg: 'A partition takes events again.', topic: row.topic, partition });
  }

  private block(failure: PartitionFailure, above: number): void {
    this.failed++;
    const { topic, partition, error } = failure;
    const reason = `${topic}/${partition ?? '*'}: ${reasonOf(error)}`;
    this.lastFailure = { reason, at: { topic, partition }, isLasting: isRefusal(error) };
    if (!this.blocked.note(failure, above)) return;
    this.logger.warn({ msg: 'A partition takes no events; its events wait in the outbox.', topic, partition, err: error });
  }

  private noBroker(err: unknown): void {
    this.failed++;
    if (this.failures++ === 0) this.logger.warn({ msg: 'Publishing is interrupted; events wait in the outbox.', err });
    this.lastFailure = { reason: err instanceof Error ? reasonOf(err) : String(err), at: null, isLasting: false };
  }

  private succeeded(): void {
    if (this.failures > 0) this.logger.log({ msg: 'Publishing goes on.', attempts: this.failures });
    this.failures = 0;
    this.record.progressed(this.blocked.size === 0);
    if (this.blocked.size === 0) this.lastFailure = undefined;
  }

  private nothingWaits(): void {
    if (this.blocked.size > 0) return;
    this.record.restart();
    this.failures = 0;
    this.lastFailure = undefined;
  }

  private logPublished(rows: readonly PendingRow[], published: readonly number[]): void {
    const sent = new Set(published);
    const events = rows.filter(({ id }) => sent.has(id)).map(({ headers }) => [headers['ce_id'], headers['ce_correlationid']]);
    if (events.length > 0)
      this.logger.log({ msg: 'published', events: events.map(([eventId, requestId]) => ({ eventId, requestId })) });
  }

  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.options.stopped }).catch(() => undefined);
  }
}

/** Whether these are surely all rows that the read saw. */
const areAll = (rows: readonly PendingRow[]): boolean =>
  rows.length < FEW.rows && rows.reduce((sum, { payload }) => sum + (payload?.length ?? 0), 0) < FEW.characters;
