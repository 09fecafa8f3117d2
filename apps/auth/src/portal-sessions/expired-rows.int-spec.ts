import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { createMigratedDatabase, eventually, type MigratedDatabase } from '#app/system/testing';
import { ormOptions } from '../database/orm.js';
import { ExpiredRows } from './expired-rows.js';

const BACKLOG = 25_000;
let database: MigratedDatabase;
let orm: MikroORM;
let sweeps: ExpiredRows;

beforeAll(async () => {
  database = await createMigratedDatabase('auth', ormOptions);
  orm = database.orm;
});
afterEach(() => sweeps.beforeApplicationShutdown());
afterAll(() => database?.drop());

it('when more sessions and attempts have expired than one statement deletes / one sweep deletes them all and leaves the others', async () => {
  const run = (sql: string) => orm.em.fork().execute<{ count: string }[]>(sql);
  await run(
    `insert into portal_session select gen_random_uuid(), n, 1, clock_timestamp() - interval '1 s' from generate_series(1, ${BACKLOG}) n`,
  );
  await run(
    `insert into login_attempt select n::text, '{}', clock_timestamp() - interval '1 s' from generate_series(1, ${BACKLOG}) n`,
  );
  await run(`insert into portal_session values (gen_random_uuid(), 1, 1, clock_timestamp() + interval '1 h')`);

  sweeps = new ExpiredRows(orm.em);
  sweeps.onApplicationBootstrap();

  const left = async (table: string) => Number((await run(`select count(*) from ${table}`))[0]!.count);
  await eventually(async () => expect([await left('portal_session'), await left('login_attempt')]).toEqual([1, 0]));
});

it('when a known address has expired, or its login is removed or gone / it is deleted; that of a login stays', async () => {
  const run = (sql: string) => orm.em.fork().execute<{ id: string }[]>(sql);
  await run(
    `insert into portal_login (contact_id, version, position, email, email_key, removed, session_version, synced_at)
     values (1, 1, 1, 'a@x.io', 'a@x.io', false, 1, now()), (2, 2, 2, null, null, true, 2, now())`,
  );
  await run(
    `insert into known_address (contact_id, address, expires_at)
     select id, address, now() + hours * interval '1 h' from (values (1, 'new', 1), (1, 'old', -1), (2, 'new', 1), (3, 'new', 1))
       as known (id, address, hours)`,
  );

  sweeps = new ExpiredRows(orm.em);
  sweeps.onApplicationBootstrap();

  const left = () => run('select contact_id::int as id, address from known_address');
  await eventually(async () => expect(await left()).toEqual([{ id: 1, address: 'new' }]));
});
