import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createTestDatabase, eventually, type TestDatabase } from '#app/system/testing';
import type { Kafka } from 'kafkajs';
import pg from 'pg';
import { OutboxPublisher } from './outbox-publisher.js';
import { OutboxRelay } from './outbox.relay.js';
import type { PendingRow } from './pending-rows.js';

const MOST_ROWS = 250;
const MOST_BYTES = 4 * 1024 * 1024;
const TABLES = `
  create table outbox (id bigserial primary key, topic text not null, key text not null, headers jsonb not null default '{}', payload text);
  create table relay_lease (
    name text primary key, owner uuid not null, pid int not null, epoch bigint not null default 0, expires_at timestamptz not null);`;

let database: TestDatabase;
let sql: pg.Client;
let relay: OutboxRelay;
let passes: (readonly PendingRow[])[];

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createTestDatabase();
  sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
  await sql.query(TABLES);
});
beforeEach(async () => {
  await sql.query('truncate outbox');
  passes = [];
  // What is looked at is the choice of rows, so the broker takes everything.
  jest.spyOn(OutboxPublisher.prototype, 'publish').mockImplementation((rows) => {
    passes.push(rows);
    return Promise.resolve({ published: rows.map(({ id }) => id), failed: [], failure: undefined });
  });
});
afterEach(async () => {
  await relay?.stop();
  jest.restoreAllMocks();
});
afterAll(async () => {
  await sql?.end();
  await database?.drop();
});

async function publishAll(): Promise<void> {
  relay = new OutboxRelay({} as Kafka, { databaseUrl: database.url, applicationName: 'relay spec', pollMs: 20 });
  relay.start();
  await eventually(async () => expect((await sql.query('select from outbox')).rowCount).toBe(0));
}
const fill = (rows: number, bytes: number) =>
  sql.query(`insert into outbox (topic, key, payload) select 'a', n::text, repeat('x', $2) from generate_series(1, $1::int) n`, [
    rows,
    bytes,
  ]);
const bytesOf = (rows: readonly PendingRow[]) => rows.reduce((sum, { payload }) => sum + Buffer.byteLength(payload ?? ''), 0);

describe('a pass of the relay', () => {
  it('when many rows wait / takes the oldest ones, at most 250', async () => {
    await fill(2_500, 10);
    await publishAll();
    expect(Math.max(...passes.map(({ length }) => length))).toBe(MOST_ROWS);
    const ids = passes.flat().map(({ id }) => id);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(new Set(ids).size).toBe(2_500);
  });

  it('when payloads are large / takes at most 4 MiB', async () => {
    await fill(24, 700_000);
    await publishAll();
    expect(passes.map(({ length }) => length)).toEqual([5, 5, 5, 5, 4]);
    expect(Math.max(...passes.map(bytesOf))).toBeLessThanOrEqual(MOST_BYTES);
  });

  it('when a row is larger than 4 MiB / takes it alone', async () => {
    await fill(2, MOST_BYTES + 1);
    await publishAll();
    expect(passes.map(({ length }) => length)).toEqual([1, 1]);
  });

  it('when a row of a lower id is committed after higher ones were published / finds it', async () => {
    await sql.query(`insert into outbox (id, topic, key) values (1000010, 'a', 'late')`);
    await publishAll();
    await sql.query(`insert into outbox (id, topic, key) values (1000005, 'a', 'later')`);
    await eventually(() => expect(passes.flat().map(({ id }) => id)).toEqual([1_000_010, 1_000_005]));
  });
});
