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
import { memory } from '../capacity/memory.js';
import { cpuEach, cpuTimes, type CpuTimes } from '../cpu.js';
import { openingsOf, type Opening } from './openings.js';
import { sendLogins } from './send-logins.js';

const PARTITIONS = 6;
const LOOK_MS = 50;
const APPLY_MS = 600_000;
/** Until this share of the records is read, V8 compiles what it does for the rest. */
const WARM_UP_SHARE = 0.2;

/** How fast the auth app reads the topic once. */
export interface ReplayPass {
  recordsASecond: number;
  /** CPU µs a record of each part; undefined where the system has no `/proc`. */
  cpu: CpuTimes | undefined;
  /** Memory of the auth app at the end, in MiB. */
  memory: number | undefined;
}

/** A topic that is read twice, and the openings before and after it. */
export interface ReplayRound {
  opening: Opening;
  fresh: ReplayPass;
  known: ReplayPass;
}

/** Has an auth app read a topic of logins that it does not know, and then the same topic once more, in several rounds. */
export async function measureReplay(
  { logins, rounds }: { logins: number; rounds: number },
  host: ProcessHost,
  say: (line: string) => void,
): Promise<ReplayRound[]> {
  const { postgres, brokers } = await startServers(host, { durable: true });
  const secrets = await makeSecrets();
  const shared = { ...secrets, brokers: brokerList(brokers) };
  const gateway = gatewayEnvironment({ ...shared, databaseUrl: await postgres.database('bench_gateway') });
  await new AppProcess(setUpScript('gateway', gateway), host).runToEnd();
  say(`Sealing and sending ${logins.toLocaleString('en')} logins …`);
  await sendLogins(shared.brokers.split(','), secrets, logins);
  const timeOpenings = await openingsOf(secrets);
  const measured: ReplayRound[] = [];
  for (let round = 1, before = await timeOpenings(); round <= rounds; round++) {
    // A database of its own: PostgreSQL remembers of an emptied table how large it was.
    const databaseUrl = await postgres.database(`bench_auth_${round}`);
    const env = authEnvironment({ ...shared, databaseUrl, port: await freePort() }, markSetting(secrets));
    await new AppProcess(setUpScript('auth', env), host).runToEnd();
    const auth = new AppProcess(mainScript('auth', env), host);
    const { fresh, after, known } = await readTwice(auth, databaseUrl, logins, timeOpenings);
    measured.push({ opening: meanOf(before, after), fresh, known });
    before = after;
    say(`Round ${round} of ${rounds}: ${perSecond(fresh)} new ones, ${perSecond(known)} known ones a second`);
  }
  return measured;
}

/** Openings are timed in between, while no auth app runs. */
async function readTwice(auth: AppProcess, databaseUrl: string, logins: number, timeOpenings: () => Promise<Opening>) {
  const sql = new pg.Client({ connectionString: databaseUrl });
  await sql.connect();
  try {
    const fresh = await readAll(auth, sql, logins);
    const after = await timeOpenings();
    await sql.query('delete from consumer_offset');
    await sql.query('vacuum analyze');
    return { fresh, after, known: await readAll(auth, sql, logins) };
  } finally {
    await sql.end();
  }
}

const perSecond = ({ recordsASecond }: ReplayPass): string => Math.round(recordsASecond).toLocaleString('en');

/** The machine becomes faster and slower meanwhile. */
const meanOf = (before: Opening, after: Opening): Opening => ({
  cpuMicros: (before.cpuMicros + after.cpuMicros) / 2,
  elapsedMicros: (before.elapsedMicros + after.elapsedMicros) / 2,
});

/** After a share of the records, so that start and compiling do not count, to the last ones. */
async function readAll(auth: AppProcess, sql: pg.Client, records: number): Promise<ReplayPass> {
  await auth.startUntilReady();
  let first: { at: number; read: number; cpu: CpuTimes | undefined } | undefined;
  for (const deadline = Date.now() + APPLY_MS; ; await sleep(LOOK_MS)) {
    const read = await readSoFar(sql);
    if (read >= records * WARM_UP_SHARE) first ??= { at: performance.now(), read, cpu: cpuTimes() };
    if (read >= records) break;
    if (Date.now() > deadline) throw new Error(`Not ${records} records were read within ${APPLY_MS / 1_000} s.`);
  }
  const measured = records - first!.read;
  if (measured <= 0) throw new Error('All records were read before the first look: take more logins.');
  const recordsASecond = measured / ((performance.now() - first!.at) / 1_000);
  const cpu = cpuEach(first!.cpu, measured);
  const used = memory()?.auth;
  await auth.terminate();
  return { recordsASecond, cpu, memory: used };
}

async function readSoFar(sql: pg.Client): Promise<number> {
  const { rows } = await sql.query<{ read: number }>(
    'select coalesce(sum(next_offset), 0)::float8 as read from consumer_offset where topic = $1 and partition < $2',
    [topicOf('portal-logins.v1'), PARTITIONS],
  );
  return rows[0]!.read;
}
