import { MikroORM } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#app/system/testing';
import { postgresOptions } from './postgres-options.js';
import { inTransaction } from './transaction.js';

let database: TestDatabase;
let orm: MikroORM;

beforeAll(async () => {
  database = await createTestDatabase();
  const options = postgresOptions({ url: database.url, applicationName: 'transaction spec', poolMax: 2 });
  orm = await MikroORM.init({ ...options, entities: [], discovery: { warnWhenNoEntities: false }, logger: () => undefined });
  await orm.em.execute('create table attempt (number int)');
});
afterAll(async () => {
  await orm?.close();
  await database?.drop();
});

/** Inserts a row, then fails by `sqlState` in the first `failures` attempts. @returns how often it was run */
async function attemptsOf(sqlState: string, failures: number): Promise<{ attempts: number; forks: number; error?: unknown }> {
  const forks = new Set<unknown>();
  let attempts = 0;
  const error = await inTransaction(orm.em, async (em) => {
    forks.add(em);
    await em.execute(`insert into attempt values (${++attempts})`);
    if (attempts <= failures) await em.execute(`do $$ begin raise exception using errcode = '${sqlState}'; end $$`);
  }).catch((failure: unknown) => failure);
  return { attempts, forks: forks.size, ...(error === undefined ? {} : { error }) };
}

const rows = async (): Promise<number[]> =>
  (await orm.em.execute<{ number: number }[]>('delete from attempt returning *')).map(({ number }) => number);

describe('when a transaction loses a race', () => {
  it.each(['40001', '40P01'])(
    'by %s three times / the fourth attempt, on a fork of its own, is the only one that stays',
    async (state) => {
      expect(await attemptsOf(state, 3)).toEqual({ attempts: 4, forks: 4 });
      expect(await rows()).toEqual([4]);
    },
  );

  it('four times / rejects with the last failure and leaves nothing', async () => {
    expect(await attemptsOf('40001', 4)).toMatchObject({ attempts: 4, error: { code: '40001' } });
    expect(await rows()).toEqual([]);
  });
});

it.each(['57P01', '55P03', '23505', '22012'])('when a transaction fails by %s / it is not run again', async (state) => {
  expect(await attemptsOf(state, 1)).toMatchObject({ attempts: 1, error: { code: state } });
  expect(await rows()).toEqual([]);
});

it('when the connection is lost / the work is not run again, because its commit may have been made', async () => {
  let attempts = 0;
  const lost = inTransaction(orm.em, async (em) => {
    attempts++;
    await em.execute('select pg_terminate_backend(pg_backend_pid())');
  });
  await expect(lost).rejects.toMatchObject({ code: '57P01' });
  expect(attempts).toBe(1);
});
