import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { createMigratedDatabase, eventually, type MigratedDatabase } from '#app/system/testing';
import { ormOptions } from '../../orm.js';
import { HistorySweep } from './history-sweep.js';

const BACKLOG = 25_000;
let database: MigratedDatabase;
let orm: MikroORM;
let sweep: HistorySweep;

beforeAll(async () => {
  database = await createMigratedDatabase('gateway without rows', ormOptions);
  orm = database.orm;
});
afterEach(() => sweep.beforeApplicationShutdown());
afterAll(() => database?.drop());

it('when HISTORY_DAYS is 30 / the history older than 30 days goes, whatever its size, and the newer one stays', async () => {
  const run = (sql: string) => orm.em.fork().execute<{ version: string }[]>(sql);
  await run(`insert into contact (version, first_name, created_at, updated_at) values (1, 'Ann', now(), now())`);
  const insert = (age: string, rows: number) =>
    run(`insert into contact_event (id, contact_id, type, version, created_at, request_id, changes)
      select gen_random_uuid(), (select min(id) from contact), 'ContactUpdated', n, clock_timestamp() - interval '${age}', 'r', '{}'
        from generate_series(1, ${rows}) n`);
  await insert('31 days', BACKLOG);
  await insert('29 days', 2);

  sweep = new HistorySweep(orm.em, 30);
  sweep.onApplicationBootstrap();

  await eventually(async () => expect(await run('select version from contact_event order by seq')).toHaveLength(2));
});
