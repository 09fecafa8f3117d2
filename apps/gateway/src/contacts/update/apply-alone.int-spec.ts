import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';
import { createMigratedDatabase, type MigratedDatabase } from '#app/system/testing';
import { ormOptions } from '../../orm.js';
import type { EventRecorder } from '../../writes/event-recorder.js';
import { WriteUnit } from '../../writes/write-unit.js';
import { lockContacts } from '../contact-entity.store.js';
import { demotePrimaries } from './apply-alone.js';

let database: MigratedDatabase;
let orm: MikroORM;

beforeAll(async () => {
  database = await createMigratedDatabase('gateway without rows', ormOptions);
  orm = database.orm;
  const run = (text: string) => query(orm.em.fork(), text);
  await run(
    `insert into company (id, name, created_at, updated_at) select id, 'Acme', now(), now() from generate_series(1, 100) id`,
  );
  await run(`insert into contact (id, version, first_name, created_at, updated_at)
    select id, 1, 'Primary', now(), now() from generate_series(1, 100) id`);
  await run(`insert into contact_company select id, id, 0, true, false, false, false from company`);
});
afterAll(() => database?.drop());

/** Takes the primary flag of companies from their contacts, who have the same ids. @returns the number of statements */
const statementsFor = (ids: readonly number[]): Promise<number> =>
  orm.em.fork().transactional(async (em) => {
    const locked = await lockContacts(em, ids);
    const execute = jest.spyOn(em.getConnection(), 'execute');
    const changes = await demotePrimaries(new WriteUnit(em, {} as EventRecorder, false), locked.values(), ids);
    expect(changes.map(({ snapshot }) => [snapshot.version, snapshot.is_primary])).toEqual(ids.map(() => [2, false]));
    const statements = execute.mock.calls.length;
    execute.mockRestore();
    return statements;
  });

it('when a contact takes the primary flag from ninety-nine others / they are read and written by as many statements as one', async () => {
  const one = await statementsFor([1]);
  expect(one).toBeGreaterThan(0);
  expect(await statementsFor(Array.from({ length: 99 }, (_, index) => index + 2))).toBe(one);
  const rows = await query<{ n: number }>(orm.em.fork(), 'select count(*)::int as n from contact_company where is_primary');
  expect(rows).toEqual([{ n: 0 }]);
});
