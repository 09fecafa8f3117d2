import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startChild, stopLeftover, type ChildCommand, type RunningChild } from '../processes/child.js';
import { followLog, lastLines } from './log-file.js';
import { requirePort } from './ports.js';
import { postgresBinaries } from './postgres-binaries.js';
import { checkDataVersion, clearPostmaster, initialiseCluster } from './postgres-cluster.js';
import { postgresSettings } from './postgres-settings.js';
import { runAsFor } from './postgres-user.js';
import { StartFailed } from './start-failed.js';
import type { StopPlan } from '../processes/stop-process.js';
import type { Watchdog } from '../processes/watchdog.js';

const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 25;
const STILL_IN_USE = /pre-existing shared memory block .* is still in use/;

/** Fast shutdown, then immediate shutdown, then SIGKILL; the next start recovers from the log. */
const STOP_PLAN: StopPlan = [
  { signal: 'SIGINT', waitMs: 4_000 },
  { signal: 'SIGQUIT', waitMs: 1_000 },
  { signal: 'SIGKILL', waitMs: 1_000 },
];

/** Where and how an embedded PostgreSQL runs. */
export interface PostgresOptions {
  /** An absolute path; made at the first start. */
  dataDir: string;
  port: number;
  /** Password of the superuser `postgres`: letters, digits, `-` and `_`. Fixed when the data folder is made. */
  password: string;
  logFile: string;
  pidFile: string;
  /** Whether a commit survives a power cut; false for temporary data. */
  durable: boolean;
  /** Override the settings of every embedded server. */
  settings?: Readonly<Record<string, string | number>>;
}

/** A server that answers. */
export interface RunningPostgres extends RunningChild {
  /** The superuser's, to the database `postgres`. */
  readonly adminUrl: string;
}

/**
 * Starts PostgreSQL on 127.0.0.1 and waits until it answers. First it stops the leftover of an earlier run on the same data.
 * @throws {StartFailed}
 */
export async function startPostgres(options: PostgresOptions, watchdog: Watchdog): Promise<RunningPostgres> {
  const { dataDir, port } = options;
  const binaries = await postgresBinaries();
  await stopLeftover({ name: 'PostgreSQL', pidFile: options.pidFile, plan: STOP_PLAN });
  await clearPostmaster(dataDir, STOP_PLAN);
  await requirePort('PostgreSQL', port, 'POSTGRES_PORT');
  await initialiseCluster(options, binaries, watchdog);
  checkDataVersion(dataDir, majorOf(binaries.postgres));
  const adminUrl = adminUrlOf(options);
  const command = serverCommand(options, binaries.postgres);
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const log = followLog(options.logFile);
    const child = await startChild(command, watchdog);
    const failure = await untilReady(adminUrl, child, deadline);
    if (failure === null) return { ...child, adminUrl };
    await child.stop();
    // Children of a killed server take a moment to end.
    if (!STILL_IN_USE.test(log()) || Date.now() > deadline)
      throw new StartFailed(`PostgreSQL did not start. ${failure}\n${lastLines(log(), 8)}`, options.logFile);
    await sleep(200);
  }
}

/** The superuser's address, to the database `postgres`. */
export const adminUrlOf = ({ password, port }: Pick<PostgresOptions, 'password' | 'port'>): string =>
  `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;

function serverCommand(options: PostgresOptions, program: string): ChildCommand {
  const { dataDir, logFile, pidFile } = options;
  const { prefix, account } = runAsFor(dataDir, program);
  const settings = Object.entries({ ...postgresSettings(options.port, options.durable), ...options.settings }).flatMap(
    ([name, value]) => ['-c', `${name}=${value}`],
  );
  const [command, ...args] = [...prefix, program, '-D', dataDir, ...settings];
  return {
    name: 'PostgreSQL',
    command: command as string,
    args,
    logFile,
    pidFile,
    plan: STOP_PLAN,
    rank: 0,
    marker: dataDir,
    cwd: '/',
    env: { LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    ...(account && { account }),
  };
}

/** Null when the server answers, else what is wrong. */
async function untilReady(url: string, { exited }: RunningChild, deadline: number): Promise<string | null> {
  let ended = false;
  void exited.then(() => (ended = true));
  for (;;) {
    const error = await connectionError(url);
    if (ended) return 'It ended at once.';
    if (!error) return null;
    if (error.code === '28P01')
      return 'Its password is not the one in DATA_DIR/secrets: bring that file back, or set another DATA_DIR.';
    if (Date.now() > deadline) return `It did not answer within ${READY_TIMEOUT_MS / 1000} s (${error.message}).`;
    await sleep(POLL_MS);
  }
}

async function connectionError(connectionString: string): Promise<(Error & { code?: string }) | null> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return null;
  } catch (error) {
    return error as Error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

const majorOf = (program: string): string =>
  /(\d+)/.exec(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout)?.[1] ?? '';
