import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { TokenKeys } from '#app/credentials';
import { ApiTokens } from './api-tokens.js';
import type { KnownToken } from './known-token.js';

const SECRET = Buffer.alloc(32, 1);
const keys = new TokenKeys(SECRET);

interface Row {
  hash: Buffer;
  hasChecksum: boolean;
}

let queries: number;
let rows: Row[];
let tokens: ApiTokens;

const row = (token: string, hasChecksum: boolean): Row => ({ hash: keys.hash(token), hasChecksum });
const known = (): KnownToken => ({
  caller: { tokenId: '7', familyId: '7', scopes: new Set(['contacts:read']), expiresAt: null },
  validUntil: Infinity,
  usedAt: 0,
});
const stored = {
  withoutChecksum: () => {
    queries++;
    const found = rows.filter(({ hasChecksum }) => !hasChecksum);
    return Promise.resolve(new Map(found.map(({ hash }) => [hash.toString('base64'), known()])));
  },
  findByHash: (hash: Buffer) => (queries++, Promise.resolve(rows.some((each) => hash.equals(each.hash)) ? known() : undefined)),
};

beforeEach(() => {
  jest.useFakeTimers();
  [queries, rows] = [0, []];
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
