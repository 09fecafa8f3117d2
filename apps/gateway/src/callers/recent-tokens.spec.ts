import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { KnownToken } from './known-token.js';
import { RecentTokens } from './recent-tokens.js';

const known = (validUntil = Infinity): KnownToken => ({
  caller: { tokenId: '7', familyId: '7', scopes: new Set(['contacts:read']), expiresAt: null },
  validUntil,
  usedAt: 0,
});
let recent: RecentTokens;

beforeEach(() => {
  jest.useFakeTimers();
  recent = new RecentTokens(3_000);
});
afterEach(() => void jest.useRealTimers());

describe('the tokens of the last seconds', () => {
  it('when no further request comes / are forgotten within twice their age', () => {
    recent.keep('first', known(), performance.now());
    jest.advanceTimersByTime(2_000);
    recent.keep('second', known(), performance.now());
    jest.advanceTimersByTime(1_000);
    expect([recent.size, recent.find('first'), recent.find('second')]).toEqual([1, undefined, known()]);
    jest.advanceTimersByTime(3_000);
    expect(recent.size).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('when a token ends within its age / it is not found', () => {
    recent.keep('short', known(performance.now() + 1_000), performance.now());
    expect(recent.find('short')).toBeDefined();
    jest.advanceTimersByTime(1_000);
    expect(recent.find('short')).toBeUndefined();
  });
});
