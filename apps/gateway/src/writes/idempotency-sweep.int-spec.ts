import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { StatementPool } from '#app/postgres';
import { createMigratedDatabase, eventually, type MigratedDatabase } from '#app/system/testing';
import { ormOptions } from '../orm.js';
import { IdempotencyStore } from './idempotency-store.js';
import { IdempotencySweep } from './idempotency-sweep.js';

const BACKLOG = 25_000;
let database: MigratedDatabase;
let orm: MikroORM;
let sweeps: IdempotencySweep;

beforeAll(async () => {
  database = await createMigratedDatabase('gateway without rows', ormOptions);
  orm = database.orm;
});
afterEach(() => sweeps.beforeApplicationShutdown());
afterAll(() => database?.drop());

it('when more results have expired than one statement deletes / one sweep deletes them all and leaves the others', async () => {
  const run = (sql: string) => orm.em.fork().execute<{ count: string }[]>(sql);
  const insert = (item: string, expires: string, rows: number) =>
    run(`insert into idempotency_key (token_id, key, item, fingerprint, result, expires_at)
      select 1, '${item}' || n, 0, '', '{}', clock_timestamp() + interval '${expires}' from generate_series(1, ${rows}) n`);
  await insert('old', '-1 s', BACKLOG);
  await insert('new', '1 h', 1);

  sweeps = new IdempotencySweep(new IdempotencyStore(orm.em, {} as StatementPool));
  sweeps.onApplicationBootstrap();

  await eventually(async () => expect((await run('select count(*) from idempotency_key'))[0]!.count).toBe('1'));
});
