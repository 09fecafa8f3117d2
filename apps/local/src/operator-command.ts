import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { dataFolderAt } from '#app/system';
import { InvalidSettings } from '#app/settings';
import { appEnvironments, type AppEnvironments } from './app-environments.js';
import { readSettings } from './env.js';
import { failuresOf } from './failures.js';
import { withRunningInstance } from './running-instance.js';
import { keepSecrets } from './secrets.js';

/** An operators' command of an app, and where it finds its servers. */
interface OperatorCommand {
  /** Its built script below `apps/`. */
  script: string;
  /** The variables that direct the command away from the local run. */
  settings: readonly string[];
  /** Whether all of these must be set for that, or any of them is enough. */
  named: 'all' | 'any';
  environmentOf: (environments: AppEnvironments) => NodeJS.ProcessEnv;
}

const BUILT = resolve(import.meta.dirname, '../..');
// Trap: kafkajs sets timers in the past, and Node 26 warns of that.
const NODE_OPTIONS = ['--enable-source-maps', '--disable-warning=TimeoutNegativeWarning'];
const HELP = ['--help', '-h'];
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs a command on the environment's servers, else on the local run of DATA_DIR; this process exits with its code. */
export async function runOperatorCommand(command: OperatorCommand): Promise<void> {
  try {
    const args = process.argv.slice(2);
    const environment = await environmentFor(command, args, readSettings().environment);
    process.exitCode = await runToEnd(resolve(BUILT, command.script), args, environment);
  } catch (error) {
    for (const failure of failuresOf(error)) console.error(failure);
    process.exitCode = 1;
  }
}

/**
 * This process' own environment where it names the servers or only help is asked for: nothing of a local run is in it. Else the local run's.
 * @throws {InvalidSettings} where there is no local run, or several
 */
export async function environmentFor(
  { settings: names, named, environmentOf }: OperatorCommand,
  args: readonly string[],
  own: NodeJS.ProcessEnv,
): Promise<NodeJS.ProcessEnv> {
  const asksForHelp = args.length === 0 || args.some((arg) => HELP.includes(arg));
  const isNamed = names.map((name) => [name, `${name}_FILE`].some((one) => own[one]?.trim()));
  if (asksForHelp || (named === 'all' ? !isNamed.includes(false) : isNamed.includes(true))) return own;
  const settings = readSettings(withRunningInstance(own));
  const dataDir = dataFolderAt(settings.dataDir);
  if (!existsSync(dataDir.secrets)) {
    const cause = `There is no local run in ${dataDir.root} yet.`;
    const list = new Intl.ListFormat('en', { type: named === 'all' ? 'conjunction' : 'disjunction' }).format(names);
    throw new InvalidSettings([`${cause} Run npm start once, or set ${list}.`]);
  }
  return environmentOf(appEnvironments({ settings, secrets: await keepSecrets(dataDir.secrets, settings.apiToken) }));
}

/** The command handles signals: this process passes them on, and waits for its end. */
async function runToEnd(script: string, args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, [...NODE_OPTIONS, script, ...args], { stdio: 'inherit', env });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done, failed) => {
    child.once('error', failed);
    child.once('exit', (...end) => done(end));
  });
  return code ?? 128 + constants.signals[signal!];
}
