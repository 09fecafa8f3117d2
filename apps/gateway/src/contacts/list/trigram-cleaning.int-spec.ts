import { MikroORM } from '@mikro-orm/postgresql';
import { migrate } from '#app/postgres';
import { createTestDatabase, type TestDatabase } from '#app/system/testing';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { ormOptions } from '../../orm.js';
import { TrigramCleaning } from './trigram-cleaning.js';

/** So many that an entry costs a cleaning more than a writer, where few come together. */
const CONTACTS = 20_000;
const WRITERS = 3;
const BATCH = 16;
const PART = Math.floor(CONTACTS / WRITERS);

let database: TestDatabase;
let orm: MikroORM;
let cleaning: TrigramCleaning;
/** A session of the app. */
let sql: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  orm = await MikroORM.init(ormOptions(database.url));
  await migrate(orm);
  cleaning = new TrigramCleaning(orm.em);
  sql = await connect();
  // It would empty the list too, at any moment.
  await sql.query('alter table contact set (autovacuum_enabled = off)');
  await sql.query(
    `insert into contact (id, version, first_name, last_name, email, phone_1, created_at, updated_at) overriding system value
     select n, 1, 'Anna ' || n, 'Example ' || md5(n::text), md5(n::text) || '@example.com', '+44 20 ' || n, now(), now()
     from generate_series(1, $1::int) n`,
    [CONTACTS],
  );
});
afterEach(() => cleaning.clean());
afterAll(async () => {
  await sql?.end();
  await orm?.close();
  await database?.drop();
});

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`set gin_pending_list_limit = '64MB'`);
  return client;
}

/** Pages of the list, by the cost of a search: the planner adds each of them. */
async function pendingPages(): Promise<number> {
  await sql.query('set enable_seqscan = off');
  const { rows } = await sql.query<{ 'QUERY PLAN': { Plan: { Plans: { 'Total Cost': number }[] } }[] }>(
    `explain (format json) select from contact where casefold(email collate pg_unicode_fast) like '%abc%'`,
  );
  return rows[0]!['QUERY PLAN'][0]!.Plan.Plans[0]!['Total Cost'];
}

/** Changes contacts whose number has this remainder, without a pause, until it is told to end. */
async function write(remainder: number, isOver: () => boolean): Promise<void> {
  const client = await connect();
  const text = `update contact set first_name = 'Anna ' || version, phone_1 = '+44 20 ' || id + version, version = version + 1 where id = any($1)`;
  for (let first = 0; !isOver(); first += BATCH) {
    // Numbers all over the table: the step has no factor with the number of contacts.
    const ids = Array.from({ length: BATCH }, (_, n) => 1 + remainder + WRITERS * ((7_919 * (first + n)) % PART));
    await client.query({ name: 'write', text, values: [ids] });
  }
  await client.end();
}

it('when contacts have changed / a cleaning empties the list, and adds no contact', async () => {
  await cleaning.clean();
  const before = await pendingPages();
  await sql.query(`update contact set first_name = 'Bert' where id <= 2000`);
  const full = await pendingPages();
  await cleaning.clean();
  expect([full > before + 100, (await pendingPages()) < before + 20]).toEqual([true, true]);
  expect((await sql.query('select from contact where id < 1')).rowCount).toBe(0);
});

it('while contacts change without a pause / a cleaning ends', async () => {
  let isOver = false;
  const writers = Array.from({ length: WRITERS }, (_, remainder) => write(remainder, () => isOver));
  await new Promise((resolve) => setTimeout(resolve, 700));
  const ended = await Promise.race([
    cleaning.clean().then(() => true),
    new Promise<boolean>((resolve) => setTimeout(resolve, 20_000, false).unref()),
  ]);
  isOver = true;
  await Promise.all(writers);
  expect(ended).toBe(true);
}, 60_000);

it('while another process empties the list / a cleaning leaves it to that one', async () => {
  await sql.query(`begin; select pg_advisory_xact_lock(hashtext('contact-sync trigrams'))`);
  expect(await cleaning.clean()).toBeUndefined();
  await sql.query('rollback');
  expect(await cleaning.clean()).toBeGreaterThanOrEqual(0);
});
