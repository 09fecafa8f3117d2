import type { QuotaLeases } from './quota-leases.js';
import { TokenQuota, type QuotaState } from './token-quota.js';

/**
 * Most families of tokens that are counted at once, some 300 bytes each. Only valid tokens are counted. A family that is forgotten loses
 * the rest of its lease, so that more of them than this that take turns would have less than their limit.
 */
export const MOST_ACCOUNTS = 100_000;

interface Account {
  quota: TokenQuota;
  waiting: number;
  leasing: Promise<void> | undefined;
}

/**
 * Counts requests per token and minute, over all replicas, at little cost: most requests are counted in memory, from a lease
 * that the replica holds. Never lets more than the limit through.
 */
export class TokenQuotas {
  private readonly accounts = new Map<string, Account>();

  constructor(
    /** Requests a window. */
    readonly limit: number,
    private readonly leases: Pick<QuotaLeases, 'lease'>,
    /** Milliseconds on a clock that never goes back. */
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** Decides one request, at once if the replica holds a lease. */
  take(tokenId: string): QuotaState | Promise<QuotaState> {
    const account = this.accountOf(tokenId);
    return account.quota.take(this.clock()) ?? this.takeFromNextLease(tokenId, account);
  }

  /** How many families of tokens are counted now. */
  get size(): number {
    return this.accounts.size;
  }

  private async takeFromNextLease(tokenId: string, account: Account): Promise<QuotaState> {
    account.waiting++;
    try {
      for (;;) {
        await (account.leasing ??= this.lease(tokenId, account));
        const state = account.quota.take(this.clock());
        if (state) return state;
      }
    } finally {
      account.waiting--;
    }
  }

  /** One lease at a time per token: requests that arrive during it share it, and the next lease covers all that still wait. */
  private async lease(tokenId: string, account: Account): Promise<void> {
    const { quota, waiting } = account;
    const sentAt = this.clock();
    try {
      const lease = await this.leases.lease({ tokenId, wanted: quota.claim(waiting, sentAt) });
      quota.add(lease, { sentAt, receivedAt: this.clock() });
    } finally {
      account.leasing = undefined;
    }
  }

  private accountOf(tokenId: string): Account {
    const known = this.accounts.get(tokenId);
    if (known) return known;
    if (this.accounts.size >= MOST_ACCOUNTS) this.forgetOne();
    const account: Account = { quota: new TokenQuota(this.limit), waiting: 0, leasing: undefined };
    this.accounts.set(tokenId, account);
    return account;
  }

  /** What is left of its lease is lost until the next window: never more than the limit is let through. */
  private forgetOne(): void {
    for (const [tokenId, { waiting }] of this.accounts) {
      if (waiting > 0) continue;
      this.accounts.delete(tokenId);
      return;
    }
  }
}
