import { describe, expect, it } from '@jest/globals';
import type { QuotaClaim, QuotaLease, QuotaLeases } from './quota-leases.js';
import { MOST_ACCOUNTS, TokenQuotas } from './token-quotas.js';

/** One window for all replicas; the test decides when a lease is granted. */
class Window implements Pick<QuotaLeases, 'lease'> {
  readonly claims: QuotaClaim[] = [];
  private readonly pending: (() => void)[] = [];
  private leased = 0;

  constructor(private readonly limit: number) {}

  async lease(claim: QuotaClaim): Promise<QuotaLease> {
    this.claims.push(claim);
    await new Promise<void>((resolve) => this.pending.push(resolve));
    const granted = Math.min(claim.wanted, this.limit - this.leased);
    this.leased += granted;
    return { granted, left: this.limit - this.leased, endsInMs: 60_000 };
  }

  async give(): Promise<void> {
    this.pending.shift()!();
    await new Promise(setImmediate);
  }

  /** Grants every lease until no request waits. */
  async settle<T>(waiting: Promise<T>[]): Promise<T[]> {
    const all = Promise.all(waiting);
    while (this.pending.length > 0) await this.give();
    return all;
  }
}

const LIMIT = 100;

const many = (quotas: TokenQuotas, count: number, tokenId = '1') =>
  Array.from({ length: count }, async () => quotas.take(tokenId));
const allowed = (states: { allowed: boolean }[]): number => states.filter((state) => state.allowed).length;

describe('families of tokens', () => {
  it('when two thousand take turns / each has its whole limit', async () => {
    const left = new Map<string, number>();
    const lease = ({ tokenId, wanted }: QuotaClaim): Promise<QuotaLease> => {
      const granted = Math.min(wanted, left.get(tokenId) ?? LIMIT);
      left.set(tokenId, (left.get(tokenId) ?? LIMIT) - granted);
      return Promise.resolve({ granted, left: left.get(tokenId)!, endsInMs: 60_000 });
    };
    const quotas = new TokenQuotas(LIMIT, { lease }, () => 0);
    let through = 0;
    for (let turn = 0; turn < LIMIT; turn++)
      for (let family = 0; family < 2_000; family++) through += allowed([await quotas.take(`family ${family}`)]);
    expect(through).toBe(2_000 * LIMIT);
  });

  it('when more have come than are kept / the one that came first is forgotten, but not one whose requests wait', async () => {
    const held = Promise.withResolvers<void>();
    const lease = async ({ tokenId, wanted }: QuotaClaim): Promise<QuotaLease> => {
      if (tokenId === 'waits') await held.promise;
      return { granted: wanted, left: 0, endsInMs: 60_000 };
    };
    const quotas = new TokenQuotas(1_000, { lease });
    const waiting = many(quotas, 1, 'waits');
    for (let family = 0; family < MOST_ACCOUNTS; family++) await quotas.take(`family ${family}`);
    expect(quotas.size).toBe(MOST_ACCOUNTS);
    held.resolve();
    expect(allowed(await Promise.all(waiting))).toBe(1);
  });
});

describe('requests of a token that come at once', () => {
  it('when no lease is held / they share one, and the next one covers all that still wait', async () => {
    const window = new Window(1_000);
    const quotas = new TokenQuotas(1_000, window, () => 0);
    const waiting = many(quotas, 100);
    expect(window.claims.map(({ wanted }) => wanted)).toEqual([20]);
    await window.give();
    expect(window.claims.map(({ wanted }) => wanted)).toEqual([20, 80]);
    expect(allowed(await window.settle(waiting))).toBe(100);
    expect(window.claims).toHaveLength(2);
  });

  it.each([1, 7, 130, 1_000])('when three replicas have a limit of %i / exactly the limit passes', async (limit) => {
    const window = new Window(limit);
    const replicas = [1, 2, 3].map(() => new TokenQuotas(limit, window, () => 0));
    const states = await window.settle(replicas.flatMap((quotas) => many(quotas, limit)));
    expect(allowed(states)).toBe(limit);
  });

  it('when two tokens send them / each token is counted by itself', async () => {
    const window = new Window(2);
    const quotas = new TokenQuotas(1, window, () => 0);
    const states = await window.settle([...many(quotas, 2, '1'), ...many(quotas, 2, '2')]);
    expect(states.map((state) => state.allowed)).toEqual([true, false, true, false]);
  });
});

describe('replicas that take turns with quota leases', () => {
  it('when each has held leases / the last request of the limit passes', async () => {
    const window = new Window(1_000);
    const replicas = [1, 2, 3].map(() => new TokenQuotas(1_000, window, () => 0));
    let through = 0;
    for (let request = 0; request < 1_500; request++) through += allowed(await window.settle(many(replicas[request % 3]!, 1)));
    expect(through).toBe(1_000);
    expect(window.claims.length).toBeLessThan(150);
  });
});

describe('a quota lease that fails', () => {
  it('when requests wait for it / all of them fail, and the next request asks again', async () => {
    let isAway = true;
    const leases = {
      lease: () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve({ granted: 1, left: 9, endsInMs: 60_000 })),
    };
    const quotas = new TokenQuotas(10, leases, () => 0);
    const outcomes = await Promise.allSettled(many(quotas, 3));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    isAway = false;
    expect(await quotas.take('1')).toMatchObject({ allowed: true });
  });
});

describe('a new quota window', () => {
  it('when it has begun / counts from the start', async () => {
    let now = 0;
    const quotas = new TokenQuotas(1, { lease: () => Promise.resolve({ granted: 1, left: 0, endsInMs: 1_000 }) }, () => now);
    expect(await quotas.take('1')).toMatchObject({ allowed: true, remaining: 0 });
    now = 1_000;
    expect(await quotas.take('1')).toMatchObject({ allowed: true, remaining: 0 });
  });
});
