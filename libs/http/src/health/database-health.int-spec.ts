import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createTestDatabase, type TestDatabase } from '#app/system/testing';
import pg from 'pg';
import { DatabaseHealth } from './database-health.js';

let database: TestDatabase;
let sql: pg.Client;
let health: DatabaseHealth;
const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);

beforeEach(async () => {
  database = await createTestDatabase();
  sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
  health = new DatabaseHealth({ url: database.url, app: 'gateway', migrations: ['0001-first', '0002-second'] });
  warn.mockClear();
});
afterEach(async () => {
  await health.onApplicationShutdown();
  await sql.end();
  await database.drop();
});

it('when the database lacks migrations of this release / is down, and says once what to run', async () => {
  expect(await health.status()).toBe('down');
  await sql.query(`create table mikro_orm_migrations (name text); insert into mikro_orm_migrations values ('0001-first')`);
  expect(await health.status()).toBe('down');
  expect(warn.mock.calls).toEqual([[expect.stringContaining('dist/apps/gateway/src/set-up.js')]]);
});

it('when the set-up has run meanwhile, also that of a later release / is ok', async () => {
  expect(await health.status()).toBe('down');
  await sql.query(`create table mikro_orm_migrations as values ('0001-first'), ('0002-second'), ('0003-later')`);
  await sql.query('alter table mikro_orm_migrations rename column1 to name');
  expect(await health.status()).toBe('ok');
});

it('when it was ok before / does not look for migrations again', async () => {
  await sql.query(`create table mikro_orm_migrations as select unnest(array['0001-first', '0002-second']) as name`);
  expect(await health.status()).toBe('ok');
  await sql.query('drop table mikro_orm_migrations');
  expect(await health.status()).toBe('ok');
});
