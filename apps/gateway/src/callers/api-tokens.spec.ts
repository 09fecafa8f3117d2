import { randomBytes } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { TokenKeys } from '#app/credentials';
import type { ApiToken } from './api-token.entity.js';
import { ApiTokens } from './api-tokens.js';

const SECRET = Buffer.alloc(32, 1);
const keys = new TokenKeys(SECRET);

let queries: number;
let rows: ApiToken[];
let tokens: ApiTokens;

const row = (token: string, hasChecksum: boolean): ApiToken =>
  ({ id: 7, secretHash: keys.hash(token), scopes: ['contacts:read'], hasChecksum }) as unknown as ApiToken;

beforeEach(() => {
  jest.useFakeTimers();
  [queries, rows] = [0, []];
  const find = () => (queries++, Promise.resolve(rows.filter(({ hasChecksum }) => !hasChecksum)));
  const findOne = (_: unknown, { secretHash }: { secretHash: Buffer }) => (
    queries++,
    Promise.resolve(rows.find((each) => secretHash.equals(each.secretHash)) ?? null)
  );
  tokens = new ApiTokens({ fork: () => ({ find, findOne }) } as unknown as EntityManager, SECRET);
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
