import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresBinaries } from './postgres-binaries.js';
import { runAsFor } from './postgres-user.js';
import { commandLineOf } from '../processes/process-table.js';
import { runProgram } from '../processes/run-program.js';
import { StartFailed } from './start-failed.js';
import { stopProcess, type StopPlan } from '../processes/stop-process.js';
import type { Watchdog } from '../processes/watchdog.js';

/** Larger than any process id that a kernel gives. */
const NOBODYS_PID = 2 ** 31 - 1;

/** Makes the data folder unless it exists. After an interruption it exists whole or not at all. */
export async function initialiseCluster(
  { dataDir, password }: { dataDir: string; password: string },
  { initdb }: PostgresBinaries,
  watchdog: Watchdog,
): Promise<void> {
  if (existsSync(join(dataDir, 'PG_VERSION'))) return;
  const [fresh, passwordFile] = [`${dataDir}.new`, `${dataDir}.new-password`];
  for (const left of [fresh, passwordFile]) rmSync(left, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true, mode: 0o700 });
  const { prefix, account } = runAsFor(fresh, initdb);
  writeFileSync(passwordFile, password, { mode: 0o600 });
  chownSync(passwordFile, statSync(fresh).uid, statSync(fresh).gid);
  const flags = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8', '--no-locale'];
  const command = [...prefix, initdb, `--pgdata=${fresh}`, '--no-instructions', ...flags] as [string, ...string[]];
  await runProgram(command, watchdog, { account })
    .catch(explain)
    .finally(() => rmSync(passwordFile));
  renameSync(fresh, dataDir);
}

function explain(error: Error): never {
  if (!error.message.includes('could not look up effective user ID')) throw error;
  throw new StartFailed('PostgreSQL does not run as a user that has no account on this machine: start as one that has.');
}

/**
 * Makes sure that no server uses the data folder, and that PostgreSQL accepts that.
 * @throws {StartFailed} where a server uses it and can't be stopped
 */
export async function clearPostmaster(dataDir: string, plan: StopPlan): Promise<void> {
  const file = join(dataDir, 'postmaster.pid');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const pid = Number(lines[0]);
  if (!pid) return;
  if (commandLineOf(pid)?.includes(dataDir)) {
    if (await stopProcess(pid, plan)) return;
    throw new StartFailed(`PostgreSQL of a former run (process ${pid}) is at work in ${dataDir} and can't be stopped: stop it.`);
  }
  // The id may now belong to another process, or to one that was killed and not reaped: PostgreSQL would take either for a server.
  // The rest of the file stays: by its shared memory id, PostgreSQL detects children of a killed server.
  writeFileSync(file, [NOBODYS_PID, ...lines.slice(1)].join('\n'));
}

/** @throws {StartFailed} where the data are another major version's */
export function checkDataVersion(dataDir: string, serverMajor: string): void {
  const dataMajor = readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim();
  if (dataMajor !== serverMajor)
    throw new StartFailed(
      `${dataDir} was made by PostgreSQL ${dataMajor}, and this is ${serverMajor}: move it away, or set another DATA_DIR.`,
    );
}
