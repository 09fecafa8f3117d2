import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MikroORM } from '@mikro-orm/postgresql';
import { postgresOptions } from '#app/postgres';
import { createTestDatabase, eventually, type TestDatabase } from '#app/system/testing';
import pg from 'pg';
import { OutboxBound } from './outbox-bound.js';

let database: TestDatabase;
let orm: MikroORM;
let sql: pg.Pool;
let bound: OutboxBound | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  sql = new pg.Pool({ connectionString: database.url, max: 1 });
  await sql.query('create table outbox (id bigserial primary key, payload text)');
  orm = await MikroORM.init({
    ...postgresOptions({ url: database.url, applicationName: 'spec', poolMax: 2 }),
    entities: [],
    discovery: { warnWhenNoEntities: false },
  });
});
beforeEach(async () => {
  await sql.query('truncate outbox');
});
afterEach(async () => {
  await bound?.stop();
  jest.restoreAllMocks();
});
afterAll(async () => {
  await orm?.close();
  await sql?.end();
  await database?.drop();
});

/** Writes, and has the server report its statistics at once: by itself it does that some 10 s later. */
async function write(text: string, parameters: unknown[] = []): Promise<void> {
  await sql.query(text, parameters);
  await sql.query('select pg_stat_force_next_flush()');
}
const fill = (rows: number) => write(`insert into outbox (payload) select 'x' from generate_series(1, $1::int)`, [rows]);
function start(maxRows: number): OutboxBound {
  bound = new OutboxBound(orm.em, maxRows);
  bound.start();
  return bound;
}
const looks = () => new Promise((resolve) => setTimeout(resolve, 1_500));

describe('the bound of the outbox', () => {
  it.each([
    ['few rows', 20],
    ['many rows, whose number is an estimate', 400_000],
  ])('when it is %s and more rows wait / is reached, until they are gone', async (_, rows) => {
    // A look during the insert would take its last id for the lowest one, for a minute.
    await fill(rows + 1);
    const started = start(rows);
    await eventually(() => expect(started.isReached).toBe(true));
    await write('delete from outbox');
    await eventually(() => expect(started.isReached).toBe(false));
  });

  it.each([20, 400_000])('when one row waits while more than %i others were published / is not reached', async (rows) => {
    await sql.query(`insert into outbox (id, payload) values (1, 'x'), (${rows} + 10, 'x')`);
    const started = start(rows);
    await looks();
    expect(started.isReached).toBe(false);
  });

  it('when the database does not answer for 15 seconds / counts as reached, not as last counted, and is not said to be full', async () => {
    const started = start(20);
    await looks();
    expect(started.isReached).toBe(false);
    await sql.query('alter table outbox rename to away');
    try {
      // A look that was under way has ended.
      await looks();
      expect(started.isReached).toBe(false);
      const now = performance.now();
      jest.spyOn(performance, 'now').mockImplementation(() => now + 20_000);
      expect(started.isReached).toBe(true);
      expect(started.counted).toBeUndefined();
    } finally {
      await sql.query('alter table away rename to outbox');
    }
  });
});
