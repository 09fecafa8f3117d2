import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import type pg from 'pg';
import type { DatabaseUrl } from '#app/postgres';
import { backOffMs } from '#app/timing';
import type { BlockedPartition } from './blocked-partitions.js';
import { OutboxPasses, type PassesEnd, type PublishFailure } from './outbox-passes.js';
import type { RecordStamp } from './partition-batches.js';
import type { RecordedRows } from './recent-rows.js';
import { LEASE, RelayLease } from './relay-lease.js';
import { CHANNELS, openRelaySession, RowsNotice } from './relay-session.js';
import { Wakeup } from './wakeup.js';

const RETRY = { firstMs: 100, longestMs: 5_000 } as const;
/** How long a relay leaves the lease to others after handing over. Where no broker answers, it waits until one does. */
const STAND_ASIDE_MS = 10_000;
/** How long a fault is reported that only another attempt could disprove. */
const LASTING_FAULT_MS = 600_000;

interface OutboxRelayOptions {
  /** Direct session without a pooler: it holds the lock and listens. */
  databaseUrl: DatabaseUrl;
  /** The same for every replica: a stand-by ends only sessions of this name. */
  applicationName: string;
  /** Number of partitions that the topics must have; not checked where absent. */
  partitions?: number;
  /** Headers that each record gets when it is sent, so that rows that waited have them too. */
  stamp?: RecordStamp | undefined;
  /** How long an idle relay waits before it looks again by itself, in milliseconds. */
  pollMs: number;
}

/** The relay's state, for health and metrics. */
export const RELAY_STATES = ['stopped', 'standby', 'publishing', 'retrying'] as const;
type RelayState = (typeof RELAY_STATES)[number];

/** Why this process could not publish, and since when. */
interface RelayFault {
  reason: string;
  since: Date;
}

/** State of this process's relay. */
export interface RelayReport {
  state: RelayState;
  /** Partitions that accept no events. Their events wait; events of other partitions do not. */
  blocked: BlockedPartition[];
  /** Why this process handed over the lease; null where it can publish, as far as is known. */
  fault: RelayFault | null;
}

/**
 * Publishes committed outbox rows in order, and deletes them after the broker has acknowledged them.
 *
 * Each pass starts at the lowest id that can still be committed, so that a transaction that commits late is found. After a failure nothing more of that partition
 * is sent, so the first deliveries of a key are in order. Failures are retried without end; if this relay can't publish and another
 * relay stands by, it hands over the lease.
 */
export class OutboxRelay {
  private readonly logger = new Logger(OutboxRelay.name);
  private readonly wakeup = new Wakeup();
  private readonly leaseChange = new Wakeup();
  private readonly notice = new RowsNotice();
  private readonly stopped = new AbortController();
  private readonly owner = randomUUID();
  private readonly passes: OutboxPasses;
  private running: Promise<void> | undefined;
  private session: pg.Client | undefined;
  private role: 'stopped' | 'standby' | 'leader' = 'stopped';
  private sessionFailures = 0;
  private fault: (RelayFault & Pick<PublishFailure, 'at' | 'isLasting'> & { handedOverAt: number }) | null = null;

  constructor(
    kafka: Kafka,
    private readonly options: OutboxRelayOptions,
  ) {
    const { partitions, stamp, pollMs } = options;
    this.passes = new OutboxPasses({ kafka, partitions, stamp, pollMs, wakeup: this.wakeup, stopped: this.stopped.signal });
  }

  get state(): RelayState {
    if (this.role === 'stopped') return 'stopped';
    if (this.sessionFailures > 0 || this.passes.isInterrupted) return 'retrying';
    return this.role === 'leader' ? 'publishing' : 'standby';
  }

  /** Events that this process has published since it began. */
  get published(): number {
    return this.passes.published;
  }

  /** Attempts that failed since the process began. */
  get failed(): number {
    return this.passes.failed;
  }

  report(): RelayReport {
    const { state, fault } = this;
    return { state, blocked: this.passes.blocked.report(), fault: fault && { reason: fault.reason, since: fault.since } };
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Finishes the pass under way, releases the lease and ends the session. */
  async stop(): Promise<void> {
    this.stopped.abort();
    this.wakeup.wake();
    this.leaseChange.wake();
    await this.running;
    this.role = 'stopped';
  }

  /** Publishes recorded rows. Call it after the commit, never in the transaction: a NOTIFY there halves the commits a second. */
  committed(recorded: readonly RecordedRows[]): void {
    if (recorded.length === 0) return;
    for (const rows of recorded) this.passes.recent.keep(rows);
    this.wake();
  }

  private wake(): void {
    if (this.role === 'leader') this.wakeup.wake();
    else if (this.role === 'standby') void this.notice.send(this.session);
  }

  private async run(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      try {
        await this.withSession();
      } catch (err) {
        if (this.sessionFailures++ === 0)
          this.logger.warn({ msg: 'The relay has lost its session; events wait in the outbox.', err });
        this.passes.failed++;
        this.role = 'standby';
        const pause = backOffMs(this.sessionFailures, RETRY);
        await delay(pause, undefined, { signal: this.stopped.signal }).catch(() => undefined);
      }
    }
    await this.passes.close();
  }

  private async withSession(): Promise<void> {
    const session = await openRelaySession({ ...this.options, onNotice: (channel) => this.noticed(channel) });
    this.session = session;
    try {
      await session.query(`listen ${CHANNELS.lease}`);
      await this.notice.catchUp(session);
      while (!this.stopped.signal.aborted) {
        const lease = await this.tryAcquire(session);
        this.sessionFailures = 0;
        if (!lease) await this.standBy();
        else if ((await this.lead(session, lease)) !== 'cannot publish') return;
      }
    } finally {
      this.session = undefined;
      await session.end().catch(() => undefined);
    }
  }

  private noticed(channel: string | undefined): void {
    if (channel !== CHANNELS.rows) this.leaseChange.wake();
    if (channel !== CHANNELS.lease) this.wakeup.wake();
  }

  private async tryAcquire(session: pg.Client): Promise<RelayLease | null> {
    if (await this.isAside()) return null;
    return RelayLease.tryAcquire(session, this.owner);
  }

  /** Whether this relay leaves the lease to others, because it could not publish. Forgets a fault that is over. */
  private async isAside(): Promise<boolean> {
    const { fault } = this;
    if (!fault) return false;
    const ageMs = performance.now() - fault.handedOverAt;
    if (ageMs < STAND_ASIDE_MS) return true;
    const isOver = fault.isLasting ? ageMs > LASTING_FAULT_MS : await this.passes.canReach(fault.at);
    if (isOver) this.fault = null;
    return !isOver && fault.at === null;
  }

  private async standBy(): Promise<void> {
    if (this.role !== 'standby') this.logger.log('Relay is standby.');
    this.role = 'standby';
    await this.leaseChange.wait(LEASE.renewEveryMs);
  }

  private async lead(session: pg.Client, lease: RelayLease): Promise<PassesEnd> {
    await session.query(`listen ${CHANNELS.rows}`);
    this.role = 'leader';
    // From now on the passes report whether this process can publish.
    this.fault = null;
    this.logger.log('Relay is publishing.');
    const end = await this.passes.publishWhileHeld(session, lease, () => lease.hasStandby());
    this.role = 'standby';
    if (end === 'lease lost') this.logger.warn('Another relay has taken over.');
    else await this.handOver(session, lease, end);
    return end;
  }

  private async handOver(session: pg.Client, lease: RelayLease, end: PassesEnd): Promise<void> {
    if (end === 'cannot publish') this.standAside();
    await session.query(`unlisten ${CHANNELS.rows}`);
    await lease.release();
    await session.query(`notify ${CHANNELS.lease}`);
  }

  private standAside(): void {
    const { reason, at, isLasting } = this.passes.lastFailure ?? { reason: 'Nothing was published.', at: null, isLasting: false };
    this.fault = { reason, at, isLasting, since: new Date(), handedOverAt: performance.now() };
    this.logger.warn({ msg: 'This process cannot publish; another relay takes over.', reason });
  }
}
