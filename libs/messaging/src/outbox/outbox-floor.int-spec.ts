import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, eventually, type TestDatabase } from '#app/system/testing';
import pg from 'pg';
import { OutboxFloor } from './outbox-floor.js';

let database: TestDatabase;
let session: pg.Client;
let floor: OutboxFloor;
let others: pg.Client[];
/** What the last read was above. */
let above: number;

beforeAll(async () => {
  database = await createTestDatabase();
  session = await connect();
  await session.query('create table outbox (id bigserial primary key)');
});
beforeEach(async () => {
  await session.query('truncate outbox');
  floor = new OutboxFloor();
  others = [];
});
afterEach(() => Promise.all(others.map((other) => other.end())));
afterAll(async () => {
  await session?.end();
  await database?.drop();
});

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  return client;
}

async function open(...statements: string[]): Promise<pg.Client> {
  const other = await connect();
  others.push(other);
  await other.query('begin');
  for (const statement of statements) await other.query(statement);
  return other;
}

const insert = async (client = session): Promise<number> =>
  Number((await client.query<{ id: string }>('insert into outbox default values returning id')).rows[0]!.id);

const read = (at = floor): Promise<{ id: number }[]> =>
  at.read(session, async (from) => {
    above = from;
    const { rows } = await session.query<{ id: string }>('select id from outbox where id > $1 order by id', [from]);
    return rows.map(({ id }) => ({ id: Number(id) }));
  });

/** Open transactions of other specs on this server keep the floor down while they last. */
const PATIENTLY = { timeoutMs: 90_000 };

async function readUntilAbove(id: number): Promise<void> {
  await eventually(async () => {
    await read();
    expect(above).toBe(id);
  }, PATIENTLY);
}

/** Reads while several observations are made. */
async function readForLong(): Promise<void> {
  const end = performance.now() + 1_000;
  while (performance.now() < end) await read();
}

describe('the floor of the outbox', () => {
  it('when rows are published / rises over them', async () => {
    const id = await insert();
    await session.query('delete from outbox');
    await readUntilAbove(id);
    await insert();
    expect(await read()).toEqual([{ id: id + 1 }]);
  });

  it('when a row waits / stays below it', async () => {
    const id = await insert();
    await insert();
    await readUntilAbove(id - 1);
    await readForLong();
    expect(await read()).toEqual([{ id }, { id: id + 1 }]);
  });

  it('when a transaction that drew a lower id is still open / shows its row as soon as it commits', async () => {
    const slow = await open();
    const [early, later] = [await insert(slow), await insert()];
    await session.query('delete from outbox');
    await readForLong();
    expect(above).toBeLessThan(early);
    await slow.query('commit');
    expect(await read()).toEqual([{ id: early }]);
    await session.query('delete from outbox');
    await readUntilAbove(later);
  });

  it('when an id is drawn first and used later / shows its row as soon as it commits', async () => {
    const slow = await open();
    const { rows } = await slow.query<{ id: string }>(`select nextval('outbox_id_seq') as id`);
    await insert();
    await session.query('delete from outbox');
    await readForLong();
    await slow.query(`insert into outbox values ($1)`, [rows[0]!.id]);
    await slow.query('commit');
    expect(await read()).toEqual([{ id: Number(rows[0]!.id) }]);
  });

  it('when transactions overlap without a pause / rises all the same', async () => {
    const first = await open();
    const id = await insert(first);
    await readForLong();
    const second = await open();
    await insert(second);
    await first.query('rollback');
    await eventually(async () => {
      await read();
      expect(above).toBeGreaterThanOrEqual(id);
    }, PATIENTLY);
    await second.query('rollback');
  });

  it('when another session reads an old snapshot / rises all the same', async () => {
    await open('set transaction isolation level repeatable read', 'select count(*) from outbox');
    const id = await insert();
    await session.query('delete from outbox');
    await readUntilAbove(id);
  });

  it('when another one of its session has risen / rises with its first read', async () => {
    const id = await insert();
    await session.query('delete from outbox');
    await readUntilAbove(id);
    const other = floor.another();
    await read(other);
    expect(above).toBe(0);
    await read(other);
    expect(above).toBe(id);
  });
});
