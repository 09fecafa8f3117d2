import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { TokenKeys } from '#app/credentials';
import { SESSION_LIMITS } from '#app/postgres';
import { ApiTokens } from './api-tokens.js';
import type { KnownToken } from './known-token.js';

const SECRET = Buffer.alloc(32, 1);
/** The HTTP contract: a revocation is in force on every replica within this time. */
const IN_FORCE_WITHIN_MS = 5_000;
/** Requests of one token come so close to each other. */
const REQUEST_EVERY_MS = 50;
const keys = new TokenKeys(SECRET);

interface Row {
  hash: Buffer;
  hasChecksum: boolean;
}

let queries: number;
let rows: Row[];
/** How long the database takes for an answer; what it says is of the question's moment. */
let answerMs: number;
/** How many answers fail. */
let failures: number;
let tokens: ApiTokens;

const row = (token: string, hasChecksum: boolean): Row => ({ hash: keys.hash(token), hasChecksum });
/** When the tokens end, on the monotonic clock. */
let validUntil: number;
const known = (): KnownToken => ({
  caller: { tokenId: '7', familyId: '7', scopes: new Set(['contacts:read']), expiresAt: null },
  validUntil,
  usedAt: 0,
});
const answered = async <T>(answer: T): Promise<T> => {
  queries++;
  if (answerMs > 0) await sleep(answerMs);
  if (failures-- > 0) throw new Error('The database is away.');
  return answer;
};
const stored = {
  withoutChecksum: () => {
    const found = rows.filter(({ hasChecksum }) => !hasChecksum);
    return answered(new Map(found.map(({ hash }) => [hash.toString('base64'), known()])));
  },
  findByHash: (hash: Buffer) => answered(rows.some((each) => hash.equals(each.hash)) ? known() : undefined),
};
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

beforeEach(() => {
  jest.useFakeTimers();
  [queries, rows, answerMs, failures, validUntil] = [0, [], 0, 0, Infinity];
  tokens = new ApiTokens(stored, SECRET);
});
afterEach(() => void jest.useRealTimers());

describe('when tokens are made up', () => {
  it('in the form of new ones / they cost no query', async () => {
    for (let sent = 0; sent < 200; sent++) expect(await tokens.callerOf(`csync_${randomBytes(36).toString('hex')}`)).toBeNull();
    expect(queries).toBe(0);
  });

  it('in another form / they cost one query in three seconds, however many wait for it', async () => {
    const ask = () => Promise.all(Array.from({ length: 200 }, () => tokens.callerOf(randomBytes(16).toString('hex'))));
    await ask();
    await ask();
    expect(queries).toBe(1);
    jest.advanceTimersByTime(3_000);
    await ask();
    expect(queries).toBe(2);
  });

  it('and ten thousand come / a known token stays known', async () => {
    const token = keys.make();
    rows = [row(token, true)];
    expect(await tokens.callerOf(token)).toMatchObject({ tokenId: '7', familyId: '7' });
    for (let sent = 0; sent < 10_001; sent++) await tokens.callerOf(keys.make());
    const before = queries;
    expect(await tokens.callerOf(token)).toMatchObject({ tokenId: '7' });
    expect(queries).toBe(before);
  });
});

describe('a token that was found', () => {
  it.each([
    ['with a checksum', true],
    ['without one', false],
  ])('%s / is known at once for three seconds', async (_, hasChecksum) => {
    const token = hasChecksum ? keys.make() : 'an-old-token';
    rows = [row(token, hasChecksum)];
    expect(tokens.recentCallerOf(token)).toBeUndefined();
    await tokens.callerOf(token);
    jest.advanceTimersByTime(2_999);
    expect(tokens.recentCallerOf(token)).toMatchObject({ tokenId: '7' });
    jest.advanceTimersByTime(1);
    expect(tokens.recentCallerOf(token)).toBeUndefined();
  });

  it.each([
    ['with a checksum', true],
    ['without one', false],
  ])(
    '%s, after the database took a second for its answer / is known for three seconds from the question',
    async (_, hasChecksum) => {
      const token = hasChecksum ? keys.make() : 'an-old-token';
      [rows, answerMs] = [[row(token, hasChecksum)], 1_000];
      const found = tokens.callerOf(token);
      await jest.advanceTimersByTimeAsync(2_999);
      expect(await found).not.toBeNull();
      expect(tokens.recentCallerOf(token)).toBeDefined();
      jest.advanceTimersByTime(1);
      expect(tokens.recentCallerOf(token)).toBeUndefined();
    },
  );

  it.each([
    ['with a checksum', true],
    ['without one', false],
  ])('%s, when the database failed to answer before / is found by the next request', async (_, hasChecksum) => {
    const token = hasChecksum ? keys.make() : 'an-old-token';
    rows = [row(token, hasChecksum)];
    failures = 1;
    await expect(tokens.callerOf(token)).rejects.toThrow('away');
    expect(await tokens.callerOf(token)).not.toBeNull();
  });
});

it('when a token is used many times within a minute / one use is noted', async () => {
  const token = keys.make();
  rows = [row(token, true)];
  const note = jest.fn();
  tokens = new ApiTokens(stored, SECRET, { note });
  for (let seconds = 0; seconds < 50; seconds++) {
    expect(tokens.recentCallerOf(token) ?? (await tokens.callerOf(token))).not.toBeNull();
    jest.advanceTimersByTime(1_000);
  }
  expect(note).toHaveBeenCalledTimes(1);
});

describe('when a token ends', () => {
  it.each([
    ['with a checksum', true],
    ['without one', false],
  ])('%s, a moment after the database was asked / it is refused from its end on', async (_, hasChecksum) => {
    const token = hasChecksum ? keys.make() : 'an-old-token';
    rows = [row(token, hasChecksum)];
    validUntil = performance.now() + 1_000;
    jest.advanceTimersByTime(999);
    expect(await tokens.callerOf(token)).not.toBeNull();
    jest.advanceTimersByTime(1);
    expect(tokens.recentCallerOf(token)).toBeUndefined();
    expect(await tokens.callerOf(token)).toBeNull();
  });
});

describe('when a token is revoked', () => {
  it.each([
    ['with a checksum', true],
    ['without one', false],
  ])('%s, on another replica / it is accepted for three seconds at most', async (_, hasChecksum) => {
    const token = hasChecksum ? keys.make() : 'an-old-token';
    rows = [row(token, hasChecksum)];
    expect(await tokens.callerOf(token)).not.toBeNull();
    rows = [];
    jest.advanceTimersByTime(2_999);
    expect(await tokens.callerOf(token)).not.toBeNull();
    jest.advanceTimersByTime(1);
    expect(await tokens.callerOf(token)).toBeNull();
  });

  it.each([
    ['with a checksum', true, 0],
    ['without one', false, 0],
    ['with a checksum, while the database takes its longest for an answer', true, SESSION_LIMITS.answerMs],
    ['without one, while the database takes its longest for an answer', false, SESSION_LIMITS.answerMs],
  ])(
    '%s, on another replica that gets its requests all the time / none is accepted after five seconds',
    async (_, hasChecksum, slowMs) => {
      const token = hasChecksum ? keys.make() : 'an-old-token';
      rows = [row(token, hasChecksum)];
      const acceptedAt: number[] = [];
      const request = async () => {
        if (tokens.recentCallerOf(token) ?? (await tokens.callerOf(token))) acceptedAt.push(performance.now());
      };
      answerMs = slowMs;
      const requests = setInterval(() => void request(), REQUEST_EVERY_MS);
      // The worst moment: right after the database was asked.
      for (const before = queries + 1; queries <= before;) await jest.advanceTimersByTimeAsync(1);
      const revokedAt = performance.now();
      rows = [];
      await jest.advanceTimersByTimeAsync(20_000);
      clearInterval(requests);
      expect(acceptedAt.at(-1)! - revokedAt).toBeGreaterThan(0);
      expect(acceptedAt.at(-1)! - revokedAt).toBeLessThanOrEqual(IN_FORCE_WITHIN_MS);
    },
  );

  it.each([
    ['with a checksum', true],
    ['without one', false],
  ])('%s, here / it is no longer accepted', async (_, hasChecksum) => {
    const token = hasChecksum ? keys.make() : 'an-old-token';
    rows = [row(token, hasChecksum)];
    await tokens.callerOf(token);
    rows = [];
    tokens.forget([7]);
    expect(tokens.recentCallerOf(token)).toBeUndefined();
    expect(await tokens.callerOf(token)).toBeNull();
  });
});

describe('the form of a token', () => {
  it('when the gateway made it / has a right checksum, which no other secret makes', () => {
    const token = keys.make();
    expect(token).toMatch(/^csync_[0-9a-f]{72}$/);
    expect(keys.formOf(token)).toBe('with checksum');
    expect(new TokenKeys(Buffer.alloc(32, 2)).formOf(token)).toBe('wrong checksum');
  });

  it.each(['cs_seeded', `csync_${'0'.repeat(64)}`, ''])('when it is %j / has no checksum', (token) => {
    expect(keys.formOf(token)).toBe('without checksum');
  });
});
