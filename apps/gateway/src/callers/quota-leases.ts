import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';

/** Length of a window in seconds. Windows begin at the full minutes of the database's clock. */
export const WINDOW_SECONDS = 60;

/** A part of a token's quota that one replica may spend within the window. */
export interface QuotaLease {
  /** Requests; 0 if the window's quota is used up. */
  granted: number;
  /** Requests that no replica has leased yet. */
  left: number;
  /** Milliseconds until the window ends, by the database's clock. */
  endsInMs: number;
}

/** A replica's request for a lease. */
export interface QuotaClaim {
  /** Id of the token, decimal. */
  tokenId: string;
  wanted: number;
}

/** The window can end while the statement waits for the row. A window in the future comes from a clock that was set back. */
const IS_OPEN = `q.window_start - excluded.window_start between interval '0' and interval '${WINDOW_SECONDS} s'`;

const LEASE = `
  insert into token_quota as q (token_id, window_start, leased)
  values ($1, date_bin('${WINDOW_SECONDS} s', clock_timestamp(), timestamptz 'epoch'), $2)
  on conflict (token_id) do update set
    window_start = case when ${IS_OPEN} then q.window_start else excluded.window_start end,
    leased = case when ${IS_OPEN} then q.leased else 0 end + excluded.leased
  returning leased::float8 as leased,
    extract(epoch from window_start + interval '${WINDOW_SECONDS} s' - clock_timestamp())::float8 * 1000 as "endsInMs"`;

/** Leases by one statement on the token's row. Replicas queue for it: together they never get more than the limit. */
export class QuotaLeases {
  constructor(
    private readonly em: EntityManager,
    /** Requests a window. */
    private readonly limit: number,
  ) {}

  async lease({ tokenId, wanted }: QuotaClaim): Promise<QuotaLease> {
    const [row] = await query<{ leased: number; endsInMs: number }>(this.em.fork(), LEASE, [tokenId, wanted]);
    // The requested number counts as leased, also beyond the limit: only the part below the limit is granted.
    const before = row!.leased - wanted;
    const granted = Math.max(0, Math.min(wanted, this.limit - before));
    return { granted, left: Math.max(0, this.limit - row!.leased), endsInMs: row!.endsInMs };
  }
}
