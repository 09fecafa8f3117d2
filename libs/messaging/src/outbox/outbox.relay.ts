import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import type pg from 'pg';
import { QueryTimeoutClient } from '#app/postgres';
import { backOffMs } from '#app/timing';
import { OutboxPublisher, LONGEST_SEND_MS, type PendingRow, type RecordStamp } from './outbox-publisher.js';
import { LEASE, RelayLease } from './relay-lease.js';
import { Wakeup } from './wakeup.js';

const BATCH_ROWS = 1_000;
const BATCH_BYTES = 4 * 1024 * 1024;
/** A pass this large has more behind it: a moment's wait makes the next one larger, which costs less a row. */
const BUSY = { rows: 8, pauseMs: 4 } as const;
const RETRY = { firstMs: 100, longestMs: 5_000 } as const;
/** A statement of the relay touches a thousand rows at most: a database that says nothing for so long is away. */
const SESSION_ANSWER_MS = 3_000;
const CHANNEL = 'contact_sync_outbox';

export interface OutboxRelayOptions {
  /** A session of its own, past any pooler: it holds the lock and listens. */
  databaseUrl: string;
  /** The same for every replica: a stand-by ends only sessions of this name. */
  applicationName: string;
  /** Partitions that the topics must have; not looked at where absent. */
  partitions?: number;
  /** Headers that each record is given as it is sent: rows that waited have them too. */
  stamp?: RecordStamp | undefined;
  /** How long an idle relay waits before it looks again unasked, in milliseconds. */
  pollMs: number;
}

/** What the relay is doing, for health and metrics. */
export const RELAY_STATES = ['stopped', 'standby', 'publishing', 'retrying'] as const;
export type RelayState = (typeof RELAY_STATES)[number];

/**
 * Publishes committed outbox rows, in order, and deletes them once the broker has them.
 *
 * Each pass begins at the lowest id, so a transaction that commits late is found; of one partition nothing is sent after
 * a failure, so the first deliveries of a key are in order. Faults are retried for ever.
 */
export class OutboxRelay {
  private readonly logger = new Logger(OutboxRelay.name);
  private readonly publisher: OutboxPublisher;
  private readonly wakeup = new Wakeup();
  private running: Promise<void> | undefined;
  private readonly stopped = new AbortController();
  private readonly owner = randomUUID();
  private session: pg.Client | undefined;
  private lease: RelayLease | undefined;
  private notifying = false;
  private failures = 0;
  state: RelayState = 'stopped';
  /** Events that this process has published, and attempts that failed, since it began. */
  published = 0;
  failed = 0;

  constructor(
    kafka: Kafka,
    private readonly options: OutboxRelayOptions,
  ) {
    this.publisher = new OutboxPublisher(kafka, {
      partitions: options.partitions,
      stamp: options.stamp,
      mayBegin: () => this.lease !== undefined && this.lease.remainingMs >= LONGEST_SEND_MS,
    });
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Finishes the pass under way, gives the lease back and ends the session. */
  async stop(): Promise<void> {
    this.stopped.abort();
    this.wakeup.wake();
    await this.running;
    this.state = 'stopped';
  }

  /** Says that rows were committed. Call it after the commit, never inside the transaction: a NOTIFY there halves the commits a second. */
  wake(): void {
    this.wakeup.wake();
    if (this.state === 'standby') void this.notifyLeader();
  }

  private async run(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      try {
        await this.lead();
        this.failures = 0;
      } catch (error) {
        this.report(error);
        await this.backOff();
      }
    }
    await this.publisher.close();
  }

  private async lead(): Promise<void> {
    const session = await this.connect();
    try {
      const lease = await RelayLease.tryAcquire(session, this.owner);
      if (!lease) return await this.standBy();
      this.lease = lease;
      await session.query(`listen ${CHANNEL}`);
      this.setState('publishing');
      try {
        await this.publishWhileHeld(session, lease);
      } finally {
        if (this.stopped.signal.aborted) await lease.release().catch(() => undefined);
      }
    } finally {
      this.lease = undefined;
      this.session = undefined;
      await session.end().catch(() => undefined);
    }
  }

  private async standBy(): Promise<void> {
    this.setState('standby');
    await this.pause(LEASE.renewEveryMs);
  }

  private async publishWhileHeld(session: pg.Client, lease: RelayLease): Promise<void> {
    let renewAt = performance.now() + LEASE.renewEveryMs;
    while (!this.stopped.signal.aborted) {
      if (performance.now() >= renewAt || lease.remainingMs < LONGEST_SEND_MS) {
        if (!(await lease.renew())) return this.logger.warn('Another relay has taken over.');
        renewAt = performance.now() + LEASE.renewEveryMs;
      }
      const rows = await nextRows(session);
      if (rows.length === 0) {
        this.recovered();
        await this.wakeup.wait(this.options.pollMs);
        continue;
      }
      await this.publish(rows, lease);
      if (rows.length >= BUSY.rows && rows.length < BATCH_ROWS) await this.pause(BUSY.pauseMs);
    }
  }

  private async publish(rows: PendingRow[], lease: RelayLease): Promise<void> {
    const { published, failure } = await this.publisher.publish(rows);
    this.published += published.length;
    if (published.length > 0) await lease.deletePublished(published);
    this.tell(rows, published);
    if (failure === undefined) return this.recovered();
    this.report(failure);
    await this.backOff();
  }

  private tell(rows: PendingRow[], published: readonly number[]): void {
    const sent = new Set(published);
    const events = rows.filter(({ id }) => sent.has(id)).map(({ headers }) => [headers['ce_id'], headers['ce_correlationid']]);
    if (events.length > 0)
      this.logger.log({ msg: 'published', events: events.map(([eventId, requestId]) => ({ eventId, requestId })) });
  }

  private async connect(): Promise<pg.Client> {
    const session = new QueryTimeoutClient({
      connectionString: this.options.databaseUrl,
      application_name: this.options.applicationName,
      connectionTimeoutMillis: 2_000,
      query_timeout: SESSION_ANSWER_MS,
      keepAlive: true,
      options: '-c synchronous_commit=on -c tcp_user_timeout=10000',
    });
    // Without a listener a dropped connection ends the process; the query under way rejects on its own.
    session.on('error', () => this.wakeup.wake());
    session.on('notification', () => this.wakeup.wake());
    await session.connect();
    this.session = session;
    return session;
  }

  /** One NOTIFY at a time: rows committed meanwhile are found by the pass that it starts. */
  private async notifyLeader(): Promise<void> {
    const { session } = this;
    if (this.notifying || !session) return;
    this.notifying = true;
    await session.query(`notify ${CHANNEL}`).catch(() => undefined);
    this.notifying = false;
  }

  private async backOff(): Promise<void> {
    await this.pause(backOffMs(this.failures, RETRY));
  }

  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stopped.signal }).catch(() => undefined);
  }

  private report(error: unknown): void {
    this.failures++;
    this.failed++;
    if (this.state !== 'retrying') this.logger.warn({ msg: 'Publishing is interrupted; events wait in the outbox.', err: error });
    this.state = 'retrying';
  }

  private recovered(): void {
    if (this.state === 'retrying') this.logger.log({ msg: 'Publishing goes on.', attempts: this.failures });
    this.failures = 0;
    this.state = 'publishing';
  }

  private setState(state: RelayState): void {
    if (this.state !== state && (this.state !== 'retrying' || state === 'standby')) this.logger.log(`Relay is ${state}.`);
    if (this.state !== 'retrying' || state === 'standby') this.state = state;
  }
}

/** The oldest committed rows, as many as fit one pass. */
async function nextRows(session: pg.Client): Promise<PendingRow[]> {
  const { rows } = await session.query<Omit<PendingRow, 'id'> & { id: string; bytes: number }>({
    name: 'outbox-next',
    text: `select id, topic, key, headers, payload, octet_length(coalesce(payload, '')) as bytes from outbox order by id limit ${BATCH_ROWS}`,
  });
  let bytes = 0;
  const fitting = rows.findIndex((row, index) => (bytes += row.bytes) > BATCH_BYTES && index > 0);
  return (fitting === -1 ? rows : rows.slice(0, fitting)).map(({ id, topic, key, headers, payload }) => ({
    id: Number(id),
    topic,
    key,
    headers,
    payload,
  }));
}
