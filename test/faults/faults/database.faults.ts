import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { ProxyMode } from '#app/system';
import type { System } from '../system/system.js';
import { withAuthsKilled } from './auths-killed.js';
import type { Fault, FaultContext } from './fault.js';

const RELAY_SESSION = 'contact-sync relay';
const TAKEOVER_MS = 25_000;
const FIRST_WAITS_MS = 5_000;

const relayCutOff: Fault = {
  number: 6,
  touchesDatabase: true,
  name: "relay's database connection goes dead without a word",
  run: async ({ system, note, violate }) => {
    const leader = await system.untilLeader();
    if (leader.database.pull(RELAY_SESSION) === 0)
      violate({ invariant: 'I8', message: 'The relay has no session to be pulled.' });
    const began = performance.now();
    // An outbox that is empty at the moment says nothing.
    while ((await oldestEvent(system)) === Infinity && performance.now() - began < FIRST_WAITS_MS) await sleep(10);
    const id = await newestEvent(system);
    while ((await oldestEvent(system)) <= id && performance.now() - began < TAKEOVER_MS + 5_000) await sleep(50);
    const ms = performance.now() - began;
    note(`published again after ${(ms / 1_000).toFixed(1)} s`);
    if (ms > TAKEOVER_MS) violate({ invariant: 'I8', message: `Nobody published for ${Math.round(ms)} ms.` });
  },
};

const databaseAway: Fault = {
  number: 11,
  touchesDatabase: true,
  name: 'PostgreSQL crashed, restarted, refusing, read-only, without free connections',
  run: async (context) => {
    const { system, seconds, lasts } = context;
    const { postgres } = system.servers;
    for (const signal of ['SIGQUIT', 'SIGINT'] as const) {
      await postgres.stop(signal);
      await sleep(1_000);
      await postgres.start();
      await lasts(3);
    }
    await setProxies(system, 'refuse');
    await lasts(Math.max(seconds, 6), { gateway: ['down'], auth: ['down'] });
    await setProxies(system, 'pass');
    await lasts(3);
    await altered(context, 'alter database faults_gateway set default_transaction_read_only = on', 'reset');
    await lasts(2);
    await altered(context, 'alter role faults_gateway connection limit 0', 'unlimited');
  },
};

/** Changes how new sessions of the gateway start, ends the open ones, and undoes both after a while. */
async function altered({ system, lasts }: FaultContext, statement: string, undo: 'reset' | 'unlimited'): Promise<void> {
  const end = `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'faults_gateway'`;
  await asAdmin(system, [statement, end]);
  await lasts(3);
  const back =
    undo === 'reset'
      ? 'alter database faults_gateway reset default_transaction_read_only'
      : 'alter role faults_gateway connection limit -1';
  await asAdmin(system, [back, end]);
}

const databaseSilent: Fault = {
  number: 12,
  touchesDatabase: true,
  name: 'PostgreSQL answers nothing',
  run: async ({ system, seconds, lasts }) => {
    await setProxies(system, 'hold');
    await lasts(Math.max(seconds, 6), { gateway: ['down'], auth: ['down'] });
    await setProxies(system, 'pass');
  },
};

const partitions: Fault = {
  number: 14,
  touchesDatabase: true,
  name: 'gateway cut off from Kafka, then auth from Kafka, then auth from its database',
  run: async ({ system, seconds, lasts }) => {
    await system.setBrokerProxies(system.gateways, 'refuse');
    await lasts(seconds, { gateway: ['degraded'], auth: ['ok'] });
    await system.setBrokerProxies(system.gateways, 'pass');
    await system.setBrokerProxies(system.auths, 'hold');
    await lasts(Math.max(seconds, 12), { gateway: ['ok'], auth: ['degraded'] });
    await system.setBrokerProxies(system.auths, 'pass');
    await Promise.all(system.auths.map(({ database }) => database.set('refuse')));
    await lasts(seconds, { gateway: ['ok'], auth: ['down'] });
    await Promise.all(system.auths.map(({ database }) => database.set('pass')));
  },
};

const longTransaction: Fault = {
  number: 24,
  name: "a transaction is held open on the gateway's database",
  approximation: 'for seconds in place of ten minutes, at the load of these clients',
  run: async ({ system, seconds, note, violate }) => {
    const before = await oldestAges(system, Math.max(seconds, 5));
    const client = new pg.Client({ connectionString: system.databaseUrls.gateway });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('begin isolation level repeatable read');
    await client.query('select count(*) from contact');
    const meanwhile = await oldestAges(system, Math.max(seconds, 5) * 2);
    await client.query('rollback');
    await client.end();
    note(`oldest event waited p99 ${before.toFixed(0)} ms before, ${meanwhile.toFixed(0)} ms meanwhile`);
    // A busy machine causes short waits at random: the limit is what callers notice.
    if (meanwhile > Math.max(2 * before, 1_000))
      violate({ invariant: 'I8', message: 'The relay slows down behind an open transaction.' });
  },
};

const authRestored: Fault = {
  number: 26,
  touchesDatabase: true,
  name: "auth app's database restored from an older copy",
  run: async ({ system, seconds, lasts }) => {
    const auth = system.sql.auth;
    await auth.query('create table kept_login as table portal_login; create table kept_offset as table consumer_offset');
    await lasts(seconds);
    await withAuthsKilled(system, () =>
      auth.query(`begin; delete from portal_login; delete from consumer_offset;
        insert into portal_login select * from kept_login; insert into consumer_offset select * from kept_offset;
        drop table kept_login, kept_offset; commit`),
    );
  },
};

const gatewayRestored: Fault = {
  number: 27,
  touchesDatabase: true,
  name: "gateway's database restored to an older point",
  obstacle: () => 'breaks I2 by its nature; its repair is an operator’s command with tests of its own',
  run: () => Promise.resolve(),
};

async function setProxies(system: System, mode: ProxyMode): Promise<void> {
  await Promise.all(system.replicas.map(({ database }) => database.set(mode)));
}

/** Runs statements as the superuser. */
export async function asAdmin(system: System, statements: readonly string[], database = 'postgres'): Promise<void> {
  const url = Object.assign(new URL(system.servers.postgres.adminUrl), { pathname: `/${database}` }).href;
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

export const newestEvent = async ({ sql }: System): Promise<number> => {
  const { rows } = await sql.gateway.query<{ id: number }>('select last_value::float8 as id from outbox_id_seq');
  return rows[0]!.id;
};

/** Id of the oldest waiting event; infinite where none waits. */
export const oldestEvent = async ({ sql }: System): Promise<number> => {
  const { rows } = await sql.gateway.query<{ id: number | null }>('select min(id)::float8 as id from outbox');
  return rows[0]!.id ?? Infinity;
};

/** The 99th percentile of the oldest event's waiting time, over some seconds. */
async function oldestAges({ sql }: System, seconds: number): Promise<number> {
  const ages: number[] = [];
  for (const end = Date.now() + seconds * 1_000; Date.now() < end; await sleep(50)) {
    const { rows } = await sql.gateway.query<{ ms: number }>(
      `select coalesce(extract(epoch from clock_timestamp() - min(created_at)) * 1000, 0)::float8 as ms from outbox`,
    );
    ages.push(rows[0]!.ms);
  }
  return ages.sort((a, b) => a - b)[Math.floor(ages.length * 0.99)] ?? 0;
}

export const DATABASE_FAULTS: readonly Fault[] = [
  ...[relayCutOff, databaseAway, databaseSilent, partitions],
  ...[longTransaction, authRestored, gatewayRestored],
];
