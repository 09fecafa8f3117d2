import { randomUUID } from 'node:crypto';
import type pg from 'pg';

/** Duration and renewal interval of a lease, in milliseconds. */
export const LEASE = { durationMs: 15_000, renewEveryMs: 3_000 } as const;

/** Name whose hash is the relay's advisory lock. Only its holder may publish; an operator who takes it stops all publishing. */
export const RELAY_LOCK = 'contact-sync outbox relay';
/** How long to wait for the end of a former holder's session, in milliseconds. */
const END_MS = 1_000;

/**
 * Its commit does not wait for the disk: a crash of the server can undo it, and then these events are published once more, in order.
 * A flush costs 190 µs of CPU, and the next commit of a change flushes this one too.
 */
const DELETE = `
  with relaxed as materialized (select set_config('synchronous_commit', 'off', true))
  delete from outbox using relaxed where id = any($1::bigint[])
     and exists (select 1 from relay_lease where name = 'outbox' and owner = $2 and epoch = $3)`;

/**
 * The right to publish, held by one process at a time.
 *
 * A session-level advisory lock, free at once when its holder dies, and a lease row by the database's clock: when the lease
 * has expired, a stand-by ends the session of a holder that is cut off or frozen.
 */
export class RelayLease {
  private epoch = 0;
  private deadline = 0;

  private constructor(
    private readonly session: pg.Client,
    private readonly owner: string,
  ) {}

  /**
   * Tries to take the lease.
   * @param owner id of one relay for its whole life: it may take its own unexpired lease again
   * @returns the lease, or null while another process holds it
   */
  static async tryAcquire(session: pg.Client, owner: string = randomUUID()): Promise<RelayLease | null> {
    const lease = new RelayLease(session, owner);
    if (await lease.tryLock()) return lease;
    await lease.endFormerHolder();
    return (await lease.tryLock()) ? lease : null;
  }

  /** Milliseconds for which no other process can publish, counted from before the last renewal was sent. */
  get remainingMs(): number {
    return this.deadline - performance.now();
  }

  /** Extends the lease. @returns false where another process has taken it */
  async renew(): Promise<boolean> {
    const sentAt = performance.now();
    const { rowCount } = await this.session.query(
      `update relay_lease set expires_at = clock_timestamp() + $1::int * interval '1 ms' where name = 'outbox' and owner = $2 and epoch = $3`,
      [LEASE.durationMs, this.owner, this.epoch],
    );
    if (rowCount === 1) this.deadline = sentAt + LEASE.durationMs;
    return rowCount === 1;
  }

  /** Deletes published rows, if the lease still belongs to this process. */
  async deletePublished(ids: readonly number[]): Promise<void> {
    await this.session.query({ name: 'outbox-delete', text: DELETE, values: [ids, this.owner, this.epoch] });
  }

  /**
   * Releases the lease, so that a stand-by need not wait until it expires. Trap: the row stays as it is. If it were over before the lock is
   * free, a stand-by could end this session in between.
   */
  async release(): Promise<void> {
    await this.session.query('select pg_advisory_unlock(hashtext($1))', [RELAY_LOCK]);
  }

  /** Whether another relay has a session, and would take the lease. */
  async hasStandby(): Promise<boolean> {
    const { rowCount } = await this.session.query(
      `select from pg_stat_activity where application_name = current_setting('application_name') and pid <> pg_backend_pid()
         and datname = current_database() limit 1`,
    );
    return rowCount === 1;
  }

  private async tryLock(): Promise<boolean> {
    const { rows } = await this.session.query<{ locked: boolean }>('select pg_try_advisory_lock(hashtext($1)) as locked', [
      RELAY_LOCK,
    ]);
    if (!rows[0]?.locked) return false;
    const sentAt = performance.now();
    const taken = await this.session.query<{ epoch: string }>(
      `insert into relay_lease (name, owner, pid, epoch, expires_at)
       values ('outbox', $1, pg_backend_pid(), 1, clock_timestamp() + $2::int * interval '1 ms')
       on conflict (name) do update set owner = excluded.owner, pid = excluded.pid, epoch = relay_lease.epoch + 1, expires_at = excluded.expires_at
       returning epoch`,
      [this.owner, LEASE.durationMs],
    );
    this.epoch = Number(taken.rows[0]!.epoch);
    this.deadline = sentAt + LEASE.durationMs;
    return true;
  }

  private async endFormerHolder(): Promise<void> {
    await this.session.query(
      `select pg_terminate_backend(pid, ${END_MS}) from relay_lease
        where name = 'outbox' and (expires_at < clock_timestamp() or owner = $1) and pid <> pg_backend_pid()
          and pid in (select pid from pg_stat_activity where application_name = current_setting('application_name'))`,
      [this.owner],
    );
  }
}
