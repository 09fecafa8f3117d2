import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';

/** A key under which attempts are counted, up to a limit. */
export interface Counted {
  key: string;
  limit: number;
  /** Hash of the key's login email; null for an address. A new password of the login clears its keys. */
  emailHash: string | null;
}

export interface CountedAttempt {
  key: string;
  at: string;
}

/** A key's stored times within the window. Times in the future come from a clock that was set back: they would refuse for as long. */
const recent = (column: string): string => `array(select at from unnest(${column}) as at
    where at between clock_timestamp() - $2 * interval '1 second' and clock_timestamp() order by at)`;

const COUNT = `
  insert into login_attempt as held (key, attempted_at, expires_at, email_hash)
  values ($1, array[clock_timestamp()], clock_timestamp() + $2 * interval '1 second', $4)
  on conflict (key) do update
  set attempted_at = ${recent('held.attempted_at')} || clock_timestamp(), expires_at = excluded.expires_at
  where cardinality(${recent('held.attempted_at')}) < $3
  returning attempted_at[cardinality(attempted_at)]::text as at`;

const SECONDS_LEFT = `
  select ceil(extract(epoch from recent[cardinality(recent) - $3 + 1] - clock_timestamp()) + $2)::float8 as seconds
  from (select ${recent('failed_at')} as recent from login_attempt where key = $1) as held
  where cardinality(recent) >= $3`;

const FAIL = `
  update login_attempt set failed_at = ${recent('failed_at')} || $3::timestamptz
  where key = $1 and $3::timestamptz = any(attempted_at)`;

/** Counts attempts per key in the database: exactly, over all replicas. */
export class AttemptCounts {
  constructor(private readonly windowSeconds: number) {}

  /** Counts an attempt; undefined if the limit is reached. */
  async count(em: EntityManager, { key, limit, emailHash }: Counted): Promise<CountedAttempt | undefined> {
    const [row] = await query<{ at: string }>(em, COUNT, [key, this.windowSeconds, limit, emailHash]);
    return row && { key, at: row.at };
  }

  /** Whole seconds until one attempt is free again; undefined where the limit is reached only together with running attempts. */
  async secondsLeft(em: EntityManager, { key, limit }: Pick<Counted, 'key' | 'limit'>): Promise<number | undefined> {
    const [row] = await query<{ seconds: number }>(em, SECONDS_LEFT, [key, this.windowSeconds, limit]);
    return row && Math.max(1, Math.min(this.windowSeconds, row.seconds));
  }

  /** Marks attempts as failed. One by one, in the order of counting, so that two sign-ins cannot deadlock. */
  async fail(em: EntityManager, attempts: readonly CountedAttempt[]): Promise<void> {
    for (const { key, at } of attempts) await query(em, FAIL, [key, this.windowSeconds, at]);
  }

  /** Uncounts attempts that succeeded or were never checked, in the same order. */
  async takeBack(em: EntityManager, attempts: readonly CountedAttempt[]): Promise<void> {
    for (const { key, at } of attempts) {
      await query(em, 'update login_attempt set attempted_at = array_remove(attempted_at, $1::timestamptz) where key = $2', [
        at,
        key,
      ]);
    }
  }
}
