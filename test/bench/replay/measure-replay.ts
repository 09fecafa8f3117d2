import { setTimeout as sleep } from 'node:timers/promises';
import { topicOf } from '#app/contracts';
import {
  AppProcess,
  authEnvironment,
  brokerList,
  freePort,
  gatewayEnvironment,
  mainScript,
  makeSecrets,
  markSetting,
  setUpScript,
  startServers,
  type ProcessHost,
} from '#app/system';
import pg from 'pg';
import { cpuEach, cpuTimes, type CpuTimes } from '../cpu.js';
import { openingsOf, type Opening } from './openings.js';
import { sendLogins } from './send-logins.js';

const PARTITIONS = 6;
const LOOK_MS = 50;
const APPLY_MS = 600_000;

/** How fast the auth app reads the topic once. */
export interface ReplayPass {
  recordsASecond: number;
  /** CPU µs a record of each part; undefined where the system has no `/proc`. */
  cpu: CpuTimes | undefined;
}

export interface ReplayMeasurement {
  records: number;
  opening: Opening;
  fresh: ReplayPass;
  known: ReplayPass;
}

/** Has an auth app read a topic of logins that it does not know, and then the same topic once more. */
export async function measureReplay(
  { logins }: { logins: number },
  host: ProcessHost,
  say: (line: string) => void,
): Promise<ReplayMeasurement> {
  const { postgres, brokers } = await startServers(host, { durable: true });
  const secrets = await makeSecrets();
  const shared = { ...secrets, brokers: brokerList(brokers) };
  const databaseUrl = await postgres.database('bench_auth');
  const gateway = gatewayEnvironment({ ...shared, databaseUrl: await postgres.database('bench_gateway') });
  const env = authEnvironment({ ...shared, databaseUrl, port: await freePort() }, markSetting(secrets));
  for (const script of [setUpScript('gateway', gateway), setUpScript('auth', env)]) await new AppProcess(script, host).runToEnd();
  say(`Sealing and sending ${logins.toLocaleString('en')} logins …`);
  await sendLogins(shared.brokers.split(','), secrets, logins);
  const openings = await openingsOf(secrets);
  const auth = new AppProcess(mainScript('auth', env), host);
  const sql = new pg.Client({ connectionString: databaseUrl });
  await sql.connect();
  try {
    say('The auth app reads them: all are new …');
    await openings.time();
    const fresh = await readAll(auth, sql, logins);
    await openings.time();
    await sql.query('delete from consumer_offset');
    await sql.query('vacuum analyze');
    say('… and once more: all are known …');
    return { records: logins, opening: openings.median(), fresh, known: await readAll(auth, sql, logins) };
  } finally {
    await sql.end();
  }
}

/** From the first applied records, so that the start of the process does not count, to the last ones. */
async function readAll(auth: AppProcess, sql: pg.Client, records: number): Promise<ReplayPass> {
  await auth.startUntilReady();
  let first: { at: number; read: number; cpu: CpuTimes | undefined } | undefined;
  for (const deadline = Date.now() + APPLY_MS; ; await sleep(LOOK_MS)) {
    const read = await readSoFar(sql);
    if (read > 0) first ??= { at: performance.now(), read, cpu: cpuTimes() };
    if (read >= records) break;
    if (Date.now() > deadline) throw new Error(`Not ${records} records were read within ${APPLY_MS / 1_000} s.`);
  }
  const measured = records - first!.read;
  if (measured <= 0) throw new Error('All records were read before the first look: take more logins.');
  const recordsASecond = measured / ((performance.now() - first!.at) / 1_000);
  const cpu = cpuEach(first!.cpu, measured);
  await auth.terminate();
  return { recordsASecond, cpu };
}

async function readSoFar(sql: pg.Client): Promise<number> {
  const { rows } = await sql.query<{ read: number }>(
    'select coalesce(sum(next_offset), 0)::float8 as read from consumer_offset where topic = $1 and partition < $2',
    [topicOf('portal-logins.v1'), PARTITIONS],
  );
  return rows[0]!.read;
}
