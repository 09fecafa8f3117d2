import { setTimeout as sleep } from 'node:timers/promises';
import { topicOf } from '#app/contracts';
import type { ProcessHost } from '#app/system';
import pg from 'pg';
import { Connection } from '../connection.js';
import { cpuBetween, cpuTimes, type CpuTimes } from '../cpu.js';
import { CONTACTS } from '../changes.js';
import { nextBody, runRound, type Target } from '../load.js';
import { seedGateway, untilPublished } from '../seed.js';
import { percentile } from '../statistics.js';
import type { Bench } from '../system.js';
import { memory, topicBytes, type Memory } from './memory.js';

/** What the processes use while they do something. */
export interface Phase {
  name: string;
  updatesPerSecond: number;
  p99Ms: number | undefined;
  /** Share of one core, by part. */
  cores: CpuTimes | undefined;
  /** Highest memory in MiB, by part. */
  memory: Memory | undefined;
}

/** What is stored, in bytes for each. */
export interface Disk {
  contact: number;
  contactEvent: number;
  historyRow: number;
}

interface CapacityOptions {
  seconds: number;
  contacts: number;
}

const PACED_PER_SECOND = 100;
const PACED_CONNECTIONS = 8;

/** Measures all parts idle, at 100 updates a second and at the most, and the bytes of contacts and events. */
export async function measureCapacity(
  { seconds, contacts }: CapacityOptions,
  bench: Bench,
  host: ProcessHost,
): Promise<{ phases: Phase[]; disk: Disk }> {
  const { say, gatewayDatabaseUrl: url } = bench;
  await seedGateway(url);
  const target = { name: 'The gateway', port: bench.gatewayPort, path: '/external/api/v1/contacts', token: bench.apiToken };
  const drained = () => untilPublished(url);
  say('Warming up …');
  await runRound(target, 3);
  await drained();
  const bytesBefore = kafkaBytes(host);
  const rowsBefore = await historyOf(url);
  const phases = [
    await phase('idle', () => sleep(seconds * 1_000, []), bench),
    await phase(`${PACED_PER_SECOND} updates a second`, () => paced(target, seconds), bench),
    await phase('as many as it takes', async () => (await runRound(target, seconds)).latenciesMs, bench, drained),
  ];
  const rowsAfter = await historyOf(url);
  const events = rowsAfter.rows - rowsBefore.rows;
  say(`Adding ${contacts.toLocaleString('en')} contacts …`);
  await withoutFreeSpace(url);
  const sizeBefore = await sizeOf(url);
  await bench.addContacts(contacts);
  return {
    phases,
    disk: {
      contact: ((await sizeOf(url)) - sizeBefore) / contacts,
      contactEvent: (kafkaBytes(host) - bytesBefore) / events,
      historyRow: rowsAfter.bytes / rowsAfter.rows,
    },
  };
}

async function phase(
  name: string,
  work: () => Promise<number[]>,
  { say }: Bench,
  settle: () => Promise<void> = () => Promise.resolve(),
): Promise<Phase> {
  say(`${name} …`);
  const [began, before] = [performance.now(), cpuTimes()];
  let highest = memory();
  const timer = setInterval(() => (highest = highestOf(highest, memory())), 1_000);
  const latencies = await work().finally(() => clearInterval(timer));
  const elapsed = performance.now() - began;
  const after = cpuTimes();
  await settle();
  const cores = before && after && cpuBetween(before, after);
  if (cores) for (const part of Object.keys(cores) as (keyof CpuTimes)[]) cores[part] /= elapsed * 1_000;
  return {
    name,
    updatesPerSecond: latencies.length / (elapsed / 1_000),
    p99Ms: latencies.length === 0 ? undefined : percentile(latencies, 0.99),
    cores,
    memory: highestOf(highest, memory()),
  };
}

/** Sends updates at a fixed rate; an update that is due while its connection waits is sent as soon as it can. */
async function paced(target: Target, seconds: number): Promise<number[]> {
  const latencies: number[] = [];
  const began = performance.now();
  let next = 0;
  const client = async (): Promise<void> => {
    const connection = await Connection.open(target.port);
    for (let at = next++; at < seconds * PACED_PER_SECOND; at = next++) {
      await sleep(Math.max(0, began + (at * 1_000) / PACED_PER_SECOND - performance.now()));
      const sent = performance.now();
      await connection.post(`${target.path}/${1 + (at % CONTACTS)}`, target.token, nextBody());
      latencies.push(performance.now() - sent);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: PACED_CONNECTIONS }, client));
  return latencies;
}

function highestOf(one: Memory | undefined, other: Memory | undefined): Memory | undefined {
  if (!one || !other) return one ?? other;
  return Object.fromEntries(
    Object.entries(one).map(([part, mib]) => [part, Math.max(mib, other[part as keyof Memory])]),
  ) as Memory;
}

const kafkaBytes = ({ folder }: ProcessHost): number => topicBytes(folder.serverFiles('kafka').dataDir, topicOf('contacts.v1'));

async function historyOf(url: string): Promise<{ rows: number; bytes: number }> {
  return firstRow(
    url,
    `select count(*)::float8 as rows, pg_total_relation_size('contact_event')::float8 as bytes from contact_event`,
  );
}

/** New contacts must not find the space that updates have left. */
async function withoutFreeSpace(url: string): Promise<void> {
  await firstRow(url, 'vacuum full');
}

async function sizeOf(url: string): Promise<number> {
  return (await firstRow<{ bytes: number }>(url, 'select pg_database_size(current_database())::float8 as bytes')).bytes;
}

async function firstRow<Row extends object>(connectionString: string, text: string): Promise<Row> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows[0]!;
  } finally {
    await client.end();
  }
}
