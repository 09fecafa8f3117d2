import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { createTestDatabase, eventually, testServers, type TestDatabase } from '#app/system/testing';
import pg from 'pg';
import { LEASE, RELAY_LOCK, RelayLease } from './relay-lease.js';

const NAME = 'contact-sync relay';
const TABLES = `
  create table relay_lease (
    name text primary key, owner uuid not null, pid int not null, epoch bigint not null default 0, expires_at timestamptz not null);
  create table outbox (id bigint primary key);`;

let database: TestDatabase;
let sessions: pg.Client[];

beforeAll(async () => {
  database = await createTestDatabase();
  await (await connect('set-up')).query(TABLES);
});
beforeEach(() => void (sessions = []));
afterEach(async () => {
  await Promise.all(sessions.map((session) => session.end().catch(() => undefined)));
});
afterAll(() => database?.drop());

async function connect(name = NAME, url = database.url): Promise<pg.Client> {
  const session = new pg.Client({ connectionString: url, application_name: name });
  session.on('error', () => undefined);
  await session.connect();
  sessions?.push(session);
  return session;
}

const stored = async (session: pg.Client): Promise<{ owner: string; epoch: number; leftMs: number }> => {
  const { rows } = await session.query(
    `select owner, epoch::int, extract(epoch from expires_at - clock_timestamp())::float8 * 1000 as "leftMs" from relay_lease`,
  );
  return rows[0] as { owner: string; epoch: number; leftMs: number };
};
const expire = (session: pg.Client) => session.query(`update relay_lease set expires_at = clock_timestamp() - interval '1 ms'`);
const outboxIds = async (session: pg.Client) =>
  (await session.query<{ id: string }>('select id from outbox order by id')).rows.map(({ id }) => Number(id));

it('while a lease is held and has not expired / another process gets null', async () => {
  expect(await RelayLease.tryAcquire(await connect())).not.toBeNull();
  expect(await RelayLease.tryAcquire(await connect())).toBeNull();
});

it('when the session of the holder has ended / another process gets the lease at once, with the next epoch', async () => {
  const first = await connect();
  await RelayLease.tryAcquire(first);
  const { epoch } = await stored(first);
  await first.end();
  const second = await connect();
  expect(await RelayLease.tryAcquire(second)).not.toBeNull();
  expect((await stored(second)).epoch).toBe(epoch + 1);
});

it('when the holder releases it / another process gets it at once, and the session of the former holder goes on', async () => {
  const former = await connect();
  await (await RelayLease.tryAcquire(former))!.release();
  expect(await RelayLease.tryAcquire(await connect())).not.toBeNull();
  expect((await former.query('select')).rowCount).toBe(1);
});

it('when a stand-by tries to take it while the holder releases it / the session of the former holder goes on', async () => {
  const [former, standBy] = [await connect(), await connect()];
  const lease = (await RelayLease.tryAcquire(former))!;
  const query = former.query.bind(former) as (...args: unknown[]) => Promise<unknown>;
  const thenStandBy = async (...args: unknown[]): Promise<unknown> => {
    const result = await query(...args);
    await RelayLease.tryAcquire(standBy);
    return result;
  };
  former.query = thenStandBy as never;
  await lease.release();
  expect(await query('select')).toMatchObject({ rowCount: 1 });
});

it('when the lease has expired by the clock of the database / a stand-by ends the session of the holder and takes it', async () => {
  const [frozen, standBy] = [await connect(), await connect()];
  await RelayLease.tryAcquire(frozen);
  await expire(standBy);
  expect(await RelayLease.tryAcquire(standBy)).not.toBeNull();
  await expect(frozen.query('select 1')).rejects.toThrow();
});

it('when a lease is renewed / lasts its whole duration again, by the clock of the database', async () => {
  const session = await connect();
  const lease = await RelayLease.tryAcquire(session);
  await expire(session);
  expect(await lease!.renew()).toBe(true);
  expect((await stored(session)).leftMs).toBeGreaterThan(LEASE.durationMs - 5_000);
  expect(lease!.remainingMs).toBeLessThanOrEqual(LEASE.durationMs);
  expect(LEASE.renewEveryMs * 3).toBeLessThan(LEASE.durationMs);
});

it.each([
  ['another process has taken the lease over', 'owner = gen_random_uuid()'],
  ['the same process has taken the lease again in another session', 'epoch = epoch + 1'],
])('when %s / the former holder can neither renew it nor delete published rows', async (_, taken) => {
  const [former, next] = [await connect(), await connect()];
  const lease = await RelayLease.tryAcquire(former);
  await next.query('insert into outbox values (1), (2) on conflict do nothing');
  await next.query(`update relay_lease set ${taken}`);
  expect(await lease!.renew()).toBe(false);
  await lease!.deletePublished([1]);
  expect(await outboxIds(next)).toEqual([1, 2]);
});

it('when a holder deletes published rows / deletes the rows that it names, and no other', async () => {
  const session = await connect();
  await session.query('insert into outbox values (1), (2) on conflict do nothing');
  const lease = await RelayLease.tryAcquire(session);
  await lease!.deletePublished([1]);
  expect(await outboxIds(session)).toEqual([2]);
});

it('when a process opens another session before its lease has expired / ends its former session and takes the lease again', async () => {
  const [former, next] = [await connect(), await connect()];
  const owner = randomUUID();
  await RelayLease.tryAcquire(former, owner);
  expect(await RelayLease.tryAcquire(next, owner)).not.toBeNull();
  await expect(former.query('select 1')).rejects.toThrow();
});

it('when an operator has the lock and the process id of an expired lease is that of another program / ends neither session', async () => {
  const [operator, other] = [await connect('operator'), await connect('other program')];
  await operator.query('select pg_advisory_lock(hashtext($1))', [RELAY_LOCK]);
  const { rows } = await other.query<{ pid: number }>('select pg_backend_pid() as pid');
  await operator.query(`update relay_lease set pid = $1, expires_at = clock_timestamp() - interval '1 ms'`, [rows[0]!.pid]);
  expect(await RelayLease.tryAcquire(await connect())).toBeNull();
  await Promise.all([operator, other].map((session) => session.query('select 1')));
});

it('when a relay has a session on the same database / it is a stand-by; when it has one on another database of the server / it is none', async () => {
  const lease = await RelayLease.tryAcquire(await connect());
  await connect(NAME, testServers().adminUrl);
  // The sessions of the tests before can end a moment later.
  await eventually(async () => expect(await lease!.hasStandby()).toBe(false));
  await connect();
  expect(await lease!.hasStandby()).toBe(true);
});
