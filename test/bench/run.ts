import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { batchCounts, batchesBetween, type BatchCounts } from './batches.js';
import { cpuBetween, cpuTimes, type CpuTimes } from './cpu.js';
import pg from 'pg';
import { CHANGES, CONTACTS } from './changes.js';
import { runRound, WARM_UP, type Round, type Target } from './load.js';
import { measureLogins, type LoginLatencies } from './login-latency.js';
import type { RoundOptions } from './options.js';
import { emptyBareOutbox, seedBare, seedGateway, vacuum, waitingEvents } from './seed.js';
import type { Bench } from './system.js';

const SINGLE_ROUNDS = 3;
const DRAIN_MS = 60_000;

/** A round, and the CPU time of all parts until its events are published. */
export interface MeasuredRound extends Round {
  /** Undefined where the system has no `/proc`. */
  cpu: CpuTimes | undefined;
  /** Bytes that the server wrote ahead meanwhile. */
  walBytes: number;
}

/** A round of the gateway, and its batches. */
export interface GatewayRound extends MeasuredRound {
  batches: BatchCounts;
}

/** Figures of a run. */
export interface Measurements {
  /** How many contacts the gateway has. */
  contacts: number;
  gateway: GatewayRound[];
  bare: MeasuredRound[];
  /** Events that waited for the relay when a gateway round ended. */
  backlogs: number[];
  /** Rounds of one connection, by turns. */
  single: { gateway: Round[]; bare: Round[] };
  login: LoginLatencies;
}

/** Measures updates of both by turns, and then the time of login changes to the auth app. */
export async function measure(options: RoundOptions, bench: Bench): Promise<Measurements> {
  const { say } = bench;
  const [load = 0] = loadavg();
  say(
    `${availableParallelism()} cores, load ${load.toFixed(1)}${load > 0.5 ? ': something else is at work here, and figures will be lower' : ''}`,
  );
  await Promise.all([seedGateway(bench.gatewayDatabaseUrl), seedBare(bench.bareDatabaseUrl)]);
  const { contacts = CONTACTS, change: kind = 'names' } = options;
  if (contacts > CONTACTS) await bench.addContacts(contacts - CONTACTS);
  const change = CHANGES[kind]!;
  await change.prepare?.(bench.gatewayDatabaseUrl, bench.publicKeys);
  await vacuum(bench.gatewayDatabaseUrl);
  await bench.flushTables();
  const { gateway: plain, bare } = targets(bench);
  const gateway = { ...plain, change, contacts };
  const measured: Pick<Measurements, 'gateway' | 'bare' | 'backlogs'> = { gateway: [], bare: [], backlogs: [] };

  say(`Warming up, ${WARM_UP.rounds} rounds of ${WARM_UP.seconds} s each …`);
  for (let round = 0; round < WARM_UP.rounds; round++) {
    await gatewayRound(gateway, WARM_UP.seconds, bench);
    await bareRound(bare, WARM_UP.seconds, bench);
  }
  for (let round = 1; round <= options.rounds; round++) {
    const { result, backlog } = await gatewayRound(gateway, options.seconds, bench);
    measured.gateway.push(result);
    measured.backlogs.push(backlog);
    measured.bare.push(await bareRound(bare, options.seconds, bench));
    const [ours, theirs] = [measured.gateway, measured.bare].map((rounds) => Math.round(rounds.at(-1)!.updatesPerSecond));
    const [ourCpu, theirCpu] = [cpuPerUpdate(measured.gateway.at(-1)!, 'gateway'), cpuPerUpdate(measured.bare.at(-1)!, 'bare')];
    say(
      `Round ${round} of ${options.rounds}: gateway ${ours}, bare ${theirs} updates/s; CPU with PostgreSQL ${ourCpu}, ${theirCpu} µs an update`,
    );
  }
  say('One connection …');
  const single: Measurements['single'] = { gateway: [], bare: [] };
  for (let round = 0; round < SINGLE_ROUNDS; round++) {
    single.gateway.push(await runRound(gateway, options.seconds, 1));
    single.bare.push(await runRound(bare, options.seconds, 1));
  }
  say(`Timing ${options.logins} changes of logins …`);
  return { contacts, ...measured, single, login: await measureLogins(plain, bench, options.logins) };
}

const targets = ({ gatewayPort, barePort, apiToken: token }: Bench): { gateway: Target; bare: Target } => ({
  gateway: { name: 'The gateway', port: gatewayPort, path: '/external/api/v1/contacts', token },
  bare: { name: 'The bare handler', port: barePort, path: '/contacts', token },
});

/** Publishes the events of a round before the next one starts, so that the relay takes no CPU from the bare handler. */
async function gatewayRound(
  gateway: Target,
  seconds: number,
  { gatewayDatabaseUrl, gatewayPort }: Bench,
): Promise<{ result: GatewayRound; backlog: number }> {
  const address = `http://127.0.0.1:${gatewayPort}`;
  const counts = await batchCounts(address);
  const before = cpuTimes();
  const written = await readProgress(gatewayDatabaseUrl);
  const result = await runRound(gateway, seconds);
  const backlog = await waitingEvents(gatewayDatabaseUrl);
  const deadline = Date.now() + DRAIN_MS;
  while ((await waitingEvents(gatewayDatabaseUrl)) > 0) {
    if (Date.now() > deadline) throw new Error(`The relay has not published a round's events within ${DRAIN_MS / 1_000} s.`);
    await sleep(50);
  }
  const { wal, events } = await readProgress(gatewayDatabaseUrl);
  const updates = result.latenciesMs.length;
  if (events - written.events < updates) throw new Error(`${updates} updates led to ${events - written.events} events.`);
  const cpu = usedSince(before);
  const batches = batchesBetween(counts, await batchCounts(address));
  return { result: { ...result, cpu, walBytes: wal - written.wal, batches }, backlog };
}

async function bareRound(bare: Target, seconds: number, { bareDatabaseUrl }: Bench): Promise<MeasuredRound> {
  const before = cpuTimes();
  const { wal } = await readProgress(bareDatabaseUrl, '0');
  const result = await runRound(bare, seconds);
  const cpu = usedSince(before);
  const walBytes = (await readProgress(bareDatabaseUrl, '0')).wal - wal;
  await emptyBareOutbox(bareDatabaseUrl);
  return { ...result, cpu, walBytes };
}

/** Bytes that the server has written ahead, and ids that events have drawn. */
async function readProgress(
  url: string,
  events = '(select case when is_called then last_value else 0 end from outbox_id_seq)',
): Promise<{ wal: number; events: number }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const text = `select (pg_current_wal_insert_lsn() - '0/0')::float8 as wal, ${events}::float8 as events`;
    return (await client.query<{ wal: number; events: number }>(text)).rows[0]!;
  } finally {
    await client.end();
  }
}

function usedSince(before: CpuTimes | undefined): CpuTimes | undefined {
  const after = cpuTimes();
  return before && after && cpuBetween(before, after);
}

const cpuPerUpdate = ({ cpu, latenciesMs }: MeasuredRound, app: 'gateway' | 'bare'): string =>
  cpu ? `${Math.round(cpu[app] / latenciesMs.length)} + ${Math.round(cpu.postgres / latenciesMs.length)}` : '?';
