import type { QuotaLease } from './quota-leases.js';

/** A lease is at most this part of the limit, and a smaller part of what is left: near the limit replicas share exactly. */
const LEASES_PER_LIMIT = 50;
const LEASES_PER_REST = 8;

/** The quota as a caller sees it. */
export interface QuotaState {
  allowed: boolean;
  /** Requests left in the window, as far as this replica knows. */
  remaining: number;
  /** Whole seconds until the window has surely ended. */
  resetSeconds: number;
}

/** When a lease was requested and when it arrived, in milliseconds of a monotonic clock. */
interface Exchange {
  sentAt: number;
  receivedAt: number;
}

/** One replica's share of one token's quota. */
export class TokenQuota {
  private unspent = 0;
  private left: number;
  private isGivenOut = false;
  /** The window ends between these two: spending stops at the first, waiting at the second. */
  private endsAt = -Infinity;
  private endedAt = -Infinity;

  constructor(private readonly limit: number) {
    this.left = limit;
  }

  /** Decides one request; undefined if a lease is needed first. */
  take(now: number): QuotaState | undefined {
    if (now >= this.endsAt) return undefined;
    if (this.unspent > 0) {
      this.unspent--;
      return this.state(true, now);
    }
    return this.isGivenOut ? this.state(false, now) : undefined;
  }

  /** How many requests to lease for this number of waiting ones. */
  claim(waiting: number, now: number): number {
    const left = now < this.endsAt ? this.left : this.limit;
    const part = Math.floor(Math.min(this.limit / LEASES_PER_LIMIT, left / LEASES_PER_REST));
    return Math.max(1, part, Math.min(waiting, this.limit));
  }

  add({ granted, left, endsInMs }: QuotaLease, { sentAt, receivedAt }: Exchange): void {
    // A new window keeps nothing of the old one. In the same window nothing is unspent: otherwise no lease would be needed.
    this.unspent = granted;
    this.left = left;
    this.isGivenOut = granted === 0;
    this.endsAt = sentAt + endsInMs;
    this.endedAt = receivedAt + endsInMs;
  }

  private state(allowed: boolean, now: number): QuotaState {
    const resetSeconds = Math.max(1, Math.ceil((this.endedAt - now) / 1000));
    return { allowed, remaining: allowed ? this.left + this.unspent : 0, resetSeconds };
  }
}
