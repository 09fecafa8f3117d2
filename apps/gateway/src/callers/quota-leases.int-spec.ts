import type { MikroORM } from '@mikro-orm/postgresql';
import { createMigratedDatabase, type MigratedDatabase } from '#app/system/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ormOptions } from '../orm.js';
import { QuotaLeases } from './quota-leases.js';

let database: MigratedDatabase;
let orm: MikroORM;
let tokenId: string;

beforeAll(async () => {
  database = await createMigratedDatabase('gateway without rows', ormOptions);
  orm = database.orm;
});
afterAll(() => database?.drop());
beforeEach(async () => {
  const [row] = await orm.em
    .fork()
    .execute<[{ id: string }]>(
      `insert into api_token (name, secret_hash, scopes) values ('test', uuid_send(gen_random_uuid()), '{}') returning id::text`,
    );
  tokenId = row.id;
});

const lease = (limit: number, wanted: number) => new QuotaLeases(orm.em, limit).lease({ tokenId, wanted });
const moveWindow = (by: string) =>
  orm.em.fork().execute(`update token_quota set window_start = window_start + ?::interval where token_id = ?`, [by, tokenId]);

/** Windows are the clock's minutes: a test that meets the end of one is repeated with another token. */
async function inOneWindow(scenario: () => Promise<void>): Promise<void> {
  const minute = async () => JSON.stringify(await orm.em.fork().execute(`select date_trunc('minute', clock_timestamp())::text`));
  const before = await minute();
  const failure = await scenario().then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (!failure) return;
  if ((await minute()) === before) throw failure.error;
  await orm.em.fork().execute(`delete from token_quota where token_id = ?`, [tokenId]);
  await scenario();
}

describe('a quota lease', () => {
  it('when the quota runs out / is granted in full, then in part, then not at all', () =>
    inOneWindow(async () => {
      expect(await lease(10, 6)).toMatchObject({ granted: 6, left: 4 });
      expect(await lease(10, 6)).toMatchObject({ granted: 4, left: 0 });
      expect(await lease(10, 6)).toMatchObject({ granted: 0, left: 0 });
    }));

  it('when the minute of the database ends / ends', async () => {
    const { endsInMs } = await lease(10, 1);
    const [{ ms }] = await orm.em
      .fork()
      .execute<[{ ms: number }]>(`select (60000 - extract(epoch from clock_timestamp()) * 1000 % 60000)::float8 as ms`);
    expect((endsInMs - ms + 60_000) % 60_000).toBeLessThan(20_000);
  });

  it('when many ask at once / together they get no more than the limit', () =>
    inOneWindow(async () => {
      const leases = await Promise.all(Array.from({ length: 60 }, () => lease(100, 3)));
      expect(leases.reduce((sum, { granted }) => sum + granted, 0)).toBe(100);
    }));
});

describe('when the quota row is of another window', () => {
  it('a former one / the row is reused: a token has one row', async () => {
    await lease(10, 10);
    await moveWindow('-1 minute');
    expect(await lease(10, 4)).toMatchObject({ granted: 4, left: 6 });
    const rows = await orm.em.fork().execute(`select from token_quota where token_id = ?`, [tokenId]);
    expect(rows).toHaveLength(1);
  });

  it('the next one, opened while this statement waited / it counts', () =>
    inOneWindow(async () => {
      await lease(10, 7);
      await moveWindow('1 minute');
      const { granted, endsInMs } = await lease(10, 4);
      expect(granted).toBe(3);
      expect(endsInMs).toBeGreaterThan(60_000);
    }));

  it('one far ahead, of a clock that was set back / it does not count', async () => {
    await lease(10, 10);
    await moveWindow('1 hour');
    const { granted, endsInMs } = await lease(10, 4);
    expect(granted).toBe(4);
    expect(endsInMs).toBeLessThanOrEqual(60_000);
  });
});
