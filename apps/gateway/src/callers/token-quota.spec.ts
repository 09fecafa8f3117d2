import { describe, expect, it } from '@jest/globals';
import { TokenQuota } from './token-quota.js';

const AT_ONCE = { sentAt: 0, receivedAt: 0 };
const lease = (granted: number, left: number, endsInMs = 60_000) => ({ granted, left, endsInMs });

describe('while a quota lease lasts', () => {
  it('when requests come / each uses one, and the reported rest includes what no replica has leased', () => {
    const quota = new TokenQuota(1_000);
    quota.add(lease(2, 998), AT_ONCE);
    expect(quota.take(0)).toEqual({ allowed: true, remaining: 999, resetSeconds: 60 });
    expect(quota.take(100)).toEqual({ allowed: true, remaining: 998, resetSeconds: 60 });
    expect(quota.take(200)).toBeUndefined();
  });

  it('when a further lease follows / the rest goes down by one a request across leases', () => {
    const quota = new TokenQuota(100);
    const seen: (number | undefined)[] = [];
    for (let left = 100; left > 0;) {
      const granted = quota.claim(1, 0);
      quota.add(lease(granted, (left -= granted)), AT_ONCE);
      for (let state = quota.take(0); state; state = quota.take(0)) seen.push(state.remaining);
    }
    expect(seen).toEqual(Array.from({ length: 100 }, (_, index) => 99 - index));
  });
});

describe('when the quota of the window is used up', () => {
  it('and requests come / refuses them without asking again until the window ends, and then asks', () => {
    const quota = new TokenQuota(10);
    quota.add(lease(0, 0, 30_000), AT_ONCE);
    expect(quota.take(0)).toEqual({ allowed: false, remaining: 0, resetSeconds: 30 });
    expect(quota.take(29_999)).toEqual({ allowed: false, remaining: 0, resetSeconds: 1 });
    expect(quota.take(30_000)).toBeUndefined();
  });
});

describe('when the answer with the lease was slow', () => {
  it('and the window may have ended / spends nothing that may belong to an ended window, and retries are not too early', () => {
    const quota = new TokenQuota(10);
    // The window ends between 1,000 (all of the time passed before the answer) and 1,500 (all of it after).
    quota.add(lease(5, 5, 1_000), { sentAt: 0, receivedAt: 500 });
    expect(quota.take(999)).toMatchObject({ allowed: true, resetSeconds: 1 });
    expect(quota.take(1_000)).toBeUndefined();
    quota.add(lease(0, 0, 10_000), { sentAt: 0, receivedAt: 500 });
    expect(quota.take(500)).toMatchObject({ allowed: false, resetSeconds: 10 });
    expect(quota.take(499)).toMatchObject({ allowed: false, resetSeconds: 11 });
  });

  it('and its window ends / the rest of the lease ends with it', () => {
    const quota = new TokenQuota(100);
    quota.add(lease(2, 0, 1_000), AT_ONCE);
    expect(quota.take(1_000)).toBeUndefined();
    quota.add(lease(1, 99, 60_000), { sentAt: 1_000, receivedAt: 1_000 });
    expect(quota.take(1_000)).toMatchObject({ remaining: 99 });
    expect(quota.take(1_000)).toBeUndefined();
  });
});

describe('the size of a quota lease', () => {
  it.each([
    ['the limit is fresh / is a fiftieth of it', 1_000, 1_000, 1, 20],
    ['a part of the limit is left / is an eighth of the rest', 1_000, 80, 1, 10],
    ['little is left / is one', 1_000, 7, 1, 1],
    ['the limit is small / is one', 5, 5, 1, 1],
    ['many requests wait / is as much as waits', 1_000, 1_000, 300, 300],
    ['more requests wait than the limit / is the limit', 5, 5, 300, 5],
  ])('when %s', (_, limit, left, waiting, claim) => {
    const quota = new TokenQuota(limit);
    quota.add(lease(0, left), AT_ONCE);
    expect(quota.claim(waiting, 0)).toBe(claim);
  });

  it("when a new window starts / the lease depends on the limit, not on the former window's rest", () => {
    const quota = new TokenQuota(1_000);
    quota.add(lease(1, 1, 500), AT_ONCE);
    expect(quota.claim(1, 500)).toBe(20);
  });
});
