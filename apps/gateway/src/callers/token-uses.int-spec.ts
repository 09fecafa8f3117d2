import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { createMigratedDatabase, eventually, type MigratedDatabase } from '#app/system/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ormOptions } from '../orm.js';
import { ApiToken } from './api-token.entity.js';
import { ApiTokens } from './api-tokens.js';
import { StoredTokens } from './stored-tokens.js';
import { TokenUses } from './token-uses.js';

const NOW = Date.parse('2030-01-01T00:00:00.000Z');
const SECRET = Buffer.alloc(32, 1);
const ROW = {
  scopes: [],
  createdAt: new Date(),
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
  formsFamily: true,
  isSeeded: false,
  hasChecksum: false,
};

let database: MigratedDatabase;
let orm: MikroORM;
let uses: TokenUses;
let tokens: ApiTokens;
let token: string;
let id: number;

beforeAll(async () => {
  database = await createMigratedDatabase('gateway without rows', ormOptions);
  orm = database.orm;
});
afterAll(() => database?.drop());
beforeEach(async () => {
  uses = new TokenUses(orm.em);
  tokens = new ApiTokens(new StoredTokens(orm.em), SECRET, uses);
  token = `token-${randomUUID()}`;
  id = await orm.em.fork().insert(ApiToken, { ...ROW, name: 'test', secretHash: tokens.hash(token) });
});

const lastUsedAt = async (of = id) => (await orm.em.fork().findOneOrFail(ApiToken, of)).lastUsedAt?.getTime() ?? null;
const setLastUsedAt = (at: number) => orm.em.fork().nativeUpdate(ApiToken, id, { lastUsedAt: new Date(at) });

/** Sets the clock of this process, not that of the database. */
const wrongClock = (ms: number) => {
  const { now } = Date;
  return jest.spyOn(Date, 'now').mockImplementation(() => now() + ms);
};

describe('a token with an end', () => {
  const expireIn = (ms: number) =>
    orm.em.fork().execute(`update api_token set expires_at = clock_timestamp() + interval '${ms} ms' where id = ${id}`);
  it('when it has expired and the clock of this process is an hour behind / is refused, also where it was known before', async () => {
    const clock = wrongClock(-3_600_000);
    try {
      await expireIn(2_000);
      expect(await tokens.callerOf(token)).not.toBeNull();
      await eventually(async () => expect(await tokens.callerOf(token)).toBeNull());
    } finally {
      clock.mockRestore();
    }
  });

  it('when it is valid and the clock of this process is an hour ahead / is accepted', async () => {
    const clock = wrongClock(3_600_000);
    try {
      await expireIn(60_000);
      expect(await tokens.callerOf(token)).not.toBeNull();
    } finally {
      clock.mockRestore();
    }
  });
});

describe('the use of a token', () => {
  it('when a flush runs / is stored, and not before', async () => {
    const before = Date.now();
    await tokens.callerOf(token);
    expect(await lastUsedAt()).toBeNull();
    await uses.flush();
    expect(await lastUsedAt()).toBeGreaterThanOrEqual(before);
  });

  it('when any replica stored one in the last minute / is not stored', async () => {
    const recently = Date.now() - 40_000;
    await setLastUsedAt(recently);
    await tokens.callerOf(token);
    await uses.flush();
    expect(await lastUsedAt()).toBe(recently);
  });

  it('when the stored one is older than a minute / is stored', async () => {
    const before = Date.now();
    await setLastUsedAt(before - 60_000);
    await tokens.callerOf(token);
    await uses.flush();
    expect(await lastUsedAt()).toBeGreaterThanOrEqual(before);
  });

  it.each([
    ['ahead', 3_600_000],
    ['behind', -3_600_000],
  ])("and the clock of this process is an hour %s / is stored, each minute, by the database's clock", async (_, ms) => {
    const clock = wrongClock(ms);
    const isNow = async (): Promise<void> => {
      await tokens.callerOf(token);
      await uses.flush();
      const age = Date.now() - ms - (await lastUsedAt())!;
      expect(age).toBeGreaterThan(-5_000);
      expect(age).toBeLessThan(50_000);
    };
    try {
      await isNow();
      await setLastUsedAt(Date.now() - ms - 60_000);
      // A process that knows nothing yet.
      tokens = new ApiTokens(new StoredTokens(orm.em), SECRET, uses);
      await isNow();
    } finally {
      clock.mockRestore();
    }
  });

  it('when a later one is stored / does not replace it', async () => {
    await setLastUsedAt(NOW);
    uses.note(String(id), NOW - 1);
    await uses.flush();
    expect(await lastUsedAt()).toBe(NOW);
  });

  it('when another transaction has locked one token / the uses of others are stored at once, and its own once it is free', async () => {
    const made = async () => orm.em.fork().insert(ApiToken, { ...ROW, name: 'other', secretHash: Buffer.from(randomUUID()) });
    const others = [await made(), await made()];
    const holder = orm.em.fork();
    await holder.begin();
    try {
      await holder.execute(`select from api_token where id = ${others[0]} for update`);
      for (const each of [...others, id]) uses.note(String(each), NOW);
      await uses.flush();
      expect([await lastUsedAt(), await lastUsedAt(others[0]), await lastUsedAt(others[1])]).toEqual([NOW, null, NOW]);
    } finally {
      await holder.rollback();
    }
    await uses.flush();
    expect(await lastUsedAt(others[0])).toBe(NOW);
  });

  it('when the token does not exist / is not noted', async () => {
    expect(await tokens.callerOf('nobody')).toBeNull();
    await uses.flush();
    expect(await lastUsedAt()).toBeNull();
  });
});

describe('when the database does not store uses of tokens', () => {
  it('and it answers again / a later flush stores only the latest use of each', async () => {
    uses.note(String(id), NOW);
    await orm.em.fork().execute('alter table api_token rename to away');
    try {
      await uses.flush();
      uses.note(String(id), NOW + 1_000);
      await uses.flush();
    } finally {
      await orm.em.fork().execute('alter table away rename to api_token');
    }
    expect(await lastUsedAt()).toBeNull();
    await uses.flush();
    expect(await lastUsedAt()).toBe(NOW + 1_000);
  });
});
