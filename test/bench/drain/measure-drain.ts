import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { topicOf } from '#app/contracts';
import {
  AppProcess,
  brokerList,
  gatewayEnvironment,
  makeSecrets,
  MEMORY_OPTIONS,
  setUpScript,
  startServers,
  type ProcessHost,
} from '#app/system';
import pg from 'pg';
import { plainSend, type PlainRow } from './plain-send.js';

const PARTITIONS = 6;
const LOOK_MS = 100;
const IDLE_MS = 4_000;
const TICKS_A_SECOND = 100;
const ROW: PlainRow = {
  topic: topicOf('contacts.v1'),
  value: JSON.stringify({ contact_id: 123_456, contact: 'x'.repeat(1_100) }),
  headers: {
    ce_specversion: '1.0',
    ce_id: '0190a7a2-0000-7000-8000-000000000000',
    ce_source: '/contact-sync/gateway',
    ce_type: 'contact-sync.ContactUpdated.v1',
    ce_time: '2026-01-02T03:04:05.678Z',
    ce_subject: 'contacts/123456',
    ce_sequence: '00000000000000000007',
    ce_correlationid: 'bench',
    ce_actor: '1',
    'content-type': 'application/json',
  },
};

/** Figures of a drain of the outbox, and of kafkajs' own send of as many rows in the same run. */
export interface DrainMeasurement {
  rows: number;
  rowsASecond: number;
  plainRowsASecond: number;
  cpuMicrosARow: number;
  /** Resident memory of a relay that has nothing to publish, and its largest while it publishes. */
  idleMb: number;
  memoryMb: number;
}

/** Sends rows by kafkajs itself, then fills an outbox with as many rows and starts a relay that publishes them. */
export async function measureDrain(
  { rows }: { rows: number },
  host: ProcessHost,
  say: (line: string) => void,
): Promise<DrainMeasurement> {
  const { postgres, brokers } = await startServers(host, { durable: true });
  const databaseUrl = await postgres.database('bench_gateway');
  const env = gatewayEnvironment({ ...(await makeSecrets()), brokers: brokerList(brokers), databaseUrl, port: 0 }, {});
  await new AppProcess(setUpScript('gateway', env), host).runToEnd();
  say(`kafkajs sends ${rows.toLocaleString('en')} rows …`);
  const plainRowsASecond = await plainSend(brokerList(brokers).split(','), rows, ROW);
  const sql = new pg.Client({ connectionString: databaseUrl });
  await sql.connect();
  try {
    say('A relay has nothing to publish …');
    const idleMb = await idleMemory(databaseUrl, brokerList(brokers));
    await sql.query(
      'insert into outbox (topic, key, headers, payload) select $1, n::text, $2, $3 from generate_series(1, $4::int) n',
      [ROW.topic, JSON.stringify(ROW.headers), ROW.value, rows],
    );
    await sql.query('vacuum analyze outbox');
    say('A relay publishes as many from the outbox …');
    return { rows, plainRowsASecond, idleMb, ...(await drain(sql, databaseUrl, brokerList(brokers))) };
  } finally {
    await sql.end();
  }
}

function startRelay(databaseUrl: string, brokers: string): ChildProcess {
  const script = fileURLToPath(new URL('./relay-process.js', import.meta.url));
  return spawn(process.execPath, [...MEMORY_OPTIONS, script, databaseUrl, brokers, String(PARTITIONS)], { stdio: 'inherit' });
}

async function idleMemory(databaseUrl: string, brokers: string): Promise<number> {
  const relay = startRelay(databaseUrl, brokers);
  await sleep(IDLE_MS);
  const memoryMb = residentMb(relay.pid!);
  relay.kill();
  await once(relay, 'exit');
  return memoryMb;
}

/** Measures from the first published row, so that the start of the process does not count. */
async function drain(sql: pg.Client, databaseUrl: string, brokers: string) {
  const relay = startRelay(databaseUrl, brokers);
  try {
    const full = await waiting(sql);
    let memoryMb = 0;
    let first: { at: number; left: number } | undefined;
    for (let left = full; left > 0; left = await waiting(sql)) {
      if (left < full) first ??= { at: performance.now(), left };
      memoryMb = Math.max(memoryMb, residentMb(relay.pid!));
      await sleep(LOOK_MS);
    }
    if (!first) throw new Error('The outbox was drained before it was looked at: take more rows.');
    const rowsASecond = first.left / ((performance.now() - first.at) / 1_000);
    return { rowsASecond, memoryMb, cpuMicrosARow: (cpuSeconds(relay.pid!) * 1e6) / full };
  } finally {
    relay.kill();
  }
}

async function waiting(sql: pg.Client): Promise<number> {
  const { rows } = await sql.query<{ rows: number }>('select coalesce(max(id) - min(id) + 1, 0)::int as rows from outbox');
  return rows[0]!.rows;
}

const residentMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1_024;

function cpuSeconds(pid: number): number {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ').slice(13, 15);
  return (Number(user) + Number(system)) / TICKS_A_SECOND;
}
