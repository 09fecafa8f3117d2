import { createHash } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '#app/postgres';
import { addressBlock } from '#app/http';
import { TooManyAttempts } from './portal-session.errors.js';

interface AttemptLimits {
  perEmail: number;
  perAddress: number;
  windowSeconds: number;
}

/** An attempt that counts as failed until it is taken back. */
export type Reservation = { key: string; at: string }[];

/** Held attempts of a key that lie within the window. */
const RECENT = `array(select at from unnest(attempted_at) as at where at > clock_timestamp() - ? * interval '1 second' order by at)`;

/**
 * Counts failed sign-ins, exactly, over all replicas.
 *
 * An attempt is counted before the password is checked, and taken back if it was right: otherwise a hundred at once would
 * all see a free place. Emails and addresses are stored as hashes, since people type passwords into email fields.
 */
export class LoginAttempts {
  constructor(
    private readonly em: EntityManager,
    private readonly limits: AttemptLimits,
  ) {}

  /** @throws {TooManyAttempts} where a limit is reached; such an attempt is not counted */
  reserve(emailKey: string, address: string): Promise<Reservation> {
    const { perEmail, perAddress } = this.limits;
    return inTransaction(this.em, async (em) => {
      // A crash may forget the attempts of its last moments; sign-ins from one address wait for each other's commit, so it is to be short.
      await em.execute('set local synchronous_commit to off');
      const ofEmail = await this.count(em, hashed('email', emailKey), perEmail);
      return [ofEmail, await this.count(em, hashed('address', addressBlock(address)), perAddress)];
    });
  }

  /** Takes attempts back: they were right, or were never checked. */
  async takeBack(em: EntityManager, reservation: Reservation): Promise<void> {
    for (const { key, at } of reservation) {
      const sql = `update login_attempt set attempted_at = array_remove(attempted_at, ?::timestamptz) where key = ?`;
      await em.execute(sql, [at, key]);
    }
  }

  private async count(em: EntityManager, key: string, limit: number): Promise<{ key: string; at: string }> {
    const { windowSeconds } = this.limits;
    const [row] = await em.execute<{ at: string }[]>(
      `insert into login_attempt as held (key, attempted_at, expires_at)
       values (?, array[clock_timestamp()], clock_timestamp() + ? * interval '1 second')
       on conflict (key) do update
       set attempted_at = ${RECENT.replace('attempted_at', 'held.attempted_at')} || clock_timestamp(), expires_at = excluded.expires_at
       where cardinality(${RECENT.replace('attempted_at', 'held.attempted_at')}) < ?
       returning attempted_at[cardinality(attempted_at)]::text as at`,
      [key, windowSeconds, windowSeconds, windowSeconds, limit],
    );
    if (!row) throw new TooManyAttempts(await this.secondsUntilFree(em, key, limit));
    return { key, at: row.at };
  }

  /** Whole seconds until so many attempts have left the window that one is free. */
  private async secondsUntilFree(em: EntityManager, key: string, limit: number): Promise<number> {
    const { windowSeconds } = this.limits;
    const [row] = await em.execute<{ seconds: number | null }[]>(
      `select ceil(extract(epoch from recent[cardinality(recent) - ? + 1] - clock_timestamp()) + ?)::float8 as seconds
       from (select ${RECENT} as recent from login_attempt where key = ?) as held`,
      [limit, windowSeconds, windowSeconds, key],
    );
    return Math.max(1, Math.min(windowSeconds, row?.seconds ?? 1));
  }
}

const hashed = (kind: string, value: string): string => createHash('sha256').update(`${kind}:${value}`).digest('base64url');
