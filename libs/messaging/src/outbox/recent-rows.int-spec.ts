import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { encodeEvent, EVENT_EXAMPLES, tombstoneAfter, type EventRecord } from '#app/contracts';
import { StatementPool } from '#app/postgres';
import { createTestDatabase, eventually, type TestDatabase } from '#app/system/testing';
import type { Kafka } from 'kafkajs';
import pg from 'pg';
import { planBatch } from '../kafka/record-batch.js';
import { Outbox, type OutboxDraft, type Recorded } from './outbox.js';
import { OutboxPublisher } from './outbox-publisher.js';
import { OutboxRelay } from './outbox.relay.js';
import { recordsOf } from './partition-batches.js';
import { nextRows, withContents, type PendingRow } from './pending-rows.js';
import { RecentRows } from './recent-rows.js';

const TABLES = `
  create table outbox (id bigserial primary key, topic text not null, key text not null, headers jsonb not null, payload text);
  create table relay_lease (
    name text primary key, owner uuid not null, pid int not null, epoch bigint not null default 0, expires_at timestamptz not null);`;
const outbox = new Outbox({ topicPrefix: 'spec', validate: false });
const { ContactUpdated: updated, PortalLoginChanged: login } = EVENT_EXAMPLES;
const PLAIN: EventRecord = encodeEvent(updated);
/** Every kind of record, and texts that two encodings could give in different ways. */
const DRAFTS: readonly OutboxDraft[] = [
  ...Object.values(EVENT_EXAMPLES),
  { ...updated, actor: null, traceparent: null },
  { ...updated, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', correlationId: 'request "1" \\ é' },
  (position) => ({ ...login, data: { ...login.data, position } }),
  tombstoneAfter(login, 'own-id'),
  ...[
    '"Žluťoučký 🐎"',
    '"\\u0000 \\ud800"',
    '"lone \ud800 surrogate"',
    `"${'x'.repeat(9_000)}"`,
    '',
    '"\\u001f\u007f\u2028"',
  ].map((value) => ({ ...PLAIN, value })),
  { ...PLAIN, headers: { bb: '2', b: '', É: 'É', 'content-type': '\n\t', zz: '1', aaa: '🐎', 'a,b': 'x' } },
];

let database: TestDatabase;
let sql: pg.Client;
let statements: StatementPool;
let recent: RecentRows;

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createTestDatabase();
  sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
  await sql.query(TABLES);
  statements = new StatementPool({ url: database.url, applicationName: 'recent rows spec', poolMax: 2 });
});
beforeEach(async () => {
  await sql.query('truncate outbox');
  recent = new RecentRows();
  recent.open();
});
afterAll(async () => {
  await statements?.end();
  await sql?.end();
  await database?.drop();
});

const record = (...drafts: readonly OutboxDraft[]): Promise<Recorded> =>
  statements.transaction((transaction) => outbox.record(transaction, drafts));
const byOtherProcess = (key: string): Promise<unknown> =>
  sql.query(`insert into outbox (topic, key, headers, payload) values ('spec.a', $1, '{}', 'other')`, [key]);
const read = async (from: RecentRows): Promise<PendingRow[]> => withContents(sql, await nextRows(sql, 0), from);
/** The records as they are sent. */
function bytesOf(rows: PendingRow[]): Buffer {
  const { records } = recordsOf({ topic: 'spec', partition: 0, rows }, () => ({ ce_mac: 'mark' }));
  const { size, write } = planBatch(records, { producerId: '1', producerEpoch: 0, firstSequence: 0 });
  const bytes = Buffer.alloc(size);
  write(bytes, 0);
  return bytes;
}

describe('what the relay publishes of rows that this process has recorded', () => {
  afterEach(() => void jest.restoreAllMocks());

  it('when the same rows come from memory and from the database / the records are equal to the byte', async () => {
    jest.spyOn(Date, 'now').mockReturnValue(0);
    const withoutIds = DRAFTS.filter((draft) => typeof draft !== 'function');
    for (const recorded of [await record(...DRAFTS), await record(...withoutIds)]) recent.keep(recorded);
    const fromDatabase = await read(new RecentRows());
    expect(fromDatabase).toHaveLength(recent.size);
    await sql.query(`update outbox set payload = 'not read', headers = '{}'`);
    const fromMemory = await read(recent);
    expect(fromMemory.map(({ headers }) => Object.entries(headers))).toEqual(
      fromDatabase.map(({ headers }) => Object.entries(headers)),
    );
    expect(bytesOf(fromMemory).equals(bytesOf(fromDatabase))).toBe(true);
  });

  it('when rows of other processes lie between / all are published, in the order of their ids', async () => {
    await byOtherProcess('1');
    recent.keep(await record(updated));
    await byOtherProcess('2');
    recent.keep(await record(updated, updated));
    await sql.query(`update outbox set payload = 'not read' where payload <> 'other'`);
    const rows = await read(recent);
    expect(rows.map(({ payload }) => payload)).toEqual(['other', PLAIN.value, 'other', PLAIN.value, PLAIN.value]);
    expect(rows.map(({ id }) => id)).toEqual(rows.map(({ id }) => id).toSorted((a, b) => a - b));
  });

  it('when what was kept is gone before it is used / it is read from the database, tombstones too', async () => {
    recent.keep(await record(updated, tombstoneAfter(login, 'own-id')));
    const found = await nextRows(sql, 0);
    recent.close();
    expect((await withContents(sql, found, recent)).map(({ payload }) => payload)).toEqual([PLAIN.value, null]);
  });

  it('when another process has published and deleted a row meanwhile / it is left out, and the others are not', async () => {
    const { ids } = await record(updated, updated);
    const found = await nextRows(sql, 0);
    await sql.query('delete from outbox where id = $1', [ids[0]]);
    expect((await withContents(sql, found, recent)).map(({ id }) => id)).toEqual([ids[1]]);
  });

  it('when the transaction is rolled back / the row is neither found nor published', async () => {
    let recorded: Recorded | undefined;
    const failing = statements.transaction(async (transaction) => {
      recorded = await outbox.record(transaction, [updated]);
      throw new Error('refused');
    });
    await expect(failing).rejects.toThrow('refused');
    recent.keep(recorded!);
    expect(await read(recent)).toEqual([]);
  });
});

describe('a relay that publishes what its own process records', () => {
  const published: PendingRow[] = [];
  let relay: OutboxRelay;
  beforeEach(() => {
    published.length = 0;
    jest.spyOn(OutboxPublisher.prototype, 'publish').mockImplementation((rows) => {
      published.push(...rows);
      return Promise.resolve({ published: rows.map(({ id }) => id), failed: [], failure: undefined });
    });
    const options = { databaseUrl: database.url, applicationName: 'recent rows relay', pollMs: 20 };
    relay = new OutboxRelay({} as Kafka, options);
  });
  afterEach(async () => {
    await relay.stop();
    jest.restoreAllMocks();
  });
  const sizeOf = (of: OutboxRelay) => (of as unknown as { passes: { recent: RecentRows } }).passes.recent.size;
  const untilEmpty = () => eventually(async () => expect((await sql.query('select from outbox')).rowCount).toBe(0));

  it('when rows are announced in any order, and late / each is published once in the order of its id, and nothing stays in memory', async () => {
    relay.start();
    await eventually(() => expect(relay.state).toBe('publishing'));
    const late = await record(updated);
    await untilEmpty();
    relay.committed([late]);
    for (let round = 0; round < 20; round++) relay.committed([await record(updated, login)]);
    await untilEmpty();
    const ids = published.map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(new Set(ids).size).toBe(41);
    expect(ids).toHaveLength(41);
    // Other specs' transactions on this server keep the floor down while they last.
    await eventually(() => expect(sizeOf(relay)).toBe(0), { timeoutMs: 90_000 });
  });

  it('before and after this process publishes / nothing is kept', async () => {
    relay.committed([await record(updated)]);
    expect(sizeOf(relay)).toBe(0);
    relay.start();
    await untilEmpty();
    await relay.stop();
    relay.committed([await record(updated)]);
    expect(sizeOf(relay)).toBe(0);
  });
});
