import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { dataFolderAt, lockHolder, type DataFolder } from '#app/system';
import { InvalidSettings, KNOWN_SETTINGS } from '#app/settings';
import { readSettings, type Settings } from './env.js';
import { writeSecret } from './secrets.js';

/** The settings that say where a run's apps and servers are, what opens them, and what the topics are called. */
const OF_PLACES = /^(HOST|API_TOKEN|CONSUMER_GROUP|(GATEWAY|AUTH)_DATABASE_URL|(PGSSL|KAFKA_|TOPIC_)\w+)$/;

/** The name of a setting, without the end of the form that names a file. */
const plainName = (name: string): string => name.replace(/_FILE$/, '');
const isNoted = (name: string): boolean => OF_PLACES.test(plainName(name)) && KNOWN_SETTINGS.includes(plainName(name));

/** Commands of an older release find the ports here, and beside an older run this one does. */
const fileIn = (folder: DataFolder): string => folder.pidFile('ports');

/** Stores where this run's parts are, for commands in other terminals; only the owner can read it. @returns removes it */
export function noteRun(folder: DataFolder, settings: Settings): () => void {
  const noted = {
    ...Object.fromEntries(Object.entries(settings.environment).filter(([name, text]) => isNoted(name) && text?.trim())),
    GATEWAY_PORT: settings.gatewayPort,
    AUTH_PORT: settings.authPort,
    POSTGRES_PORT: settings.postgresPort,
    KAFKA_PORT: settings.kafkaPort,
    CONSOLE_PORT: settings.consolePort,
  };
  writeSecret(fileIn(folder), JSON.stringify(noted));
  return () => rmSync(fileIn(folder), { force: true });
}

/** Each file names the data folder of one ephemeral run of this clone. */
const EPHEMERAL = resolve('.cache/ephemeral-runs');

/** Stores where an ephemeral run has its data, for commands in other terminals. @returns removes it */
export function noteEphemeral(folder: DataFolder): () => void {
  const file = join(EPHEMERAL, basename(folder.root));
  mkdirSync(EPHEMERAL, { recursive: true });
  writeFileSync(file, folder.root);
  return () => rmSync(file, { force: true });
}

/** A run that another command has found. */
interface Instance {
  pid: number;
  /** Its ports, and what it has set of its servers and token. */
  settings: Record<string, string>;
  dataDir: string;
  /** Whether its data go at its end. */
  isEphemeral: boolean;
}

/**
 * The running instance of DATA_DIR; where that is not set, the one of .data or an ephemeral one of this clone: of several the one
 * whose ports the environment has. Undefined if there is none.
 * @throws {InvalidSettings} where several run and the environment fits none of them
 */
export function runningInstance(environment: NodeJS.ProcessEnv): Instance | undefined {
  const named = environment['DATA_DIR']?.trim();
  if (named) return instanceIn(resolve(named));
  const found = [instanceIn(resolve('.data')), ...ephemeralInstances()].filter((each) => each !== undefined);
  if (found.length < 2) return found[0];
  const { gatewayPort } = readSettings(environment);
  const fitting = found.find(({ settings }) => settings['GATEWAY_PORT'] === String(gatewayPort));
  if (fitting) return fitting;
  const ports = found
    .map((each) => each.settings['GATEWAY_PORT'])
    .sort()
    .join(', ');
  throw new InvalidSettings([`Several runs are at work, with gateways on the ports ${ports}: choose one by PORT_OFFSET.`]);
}

function ephemeralInstances(): (Instance | undefined)[] {
  if (!existsSync(EPHEMERAL)) return [];
  const notes = readdirSync(EPHEMERAL).map((name) => join(EPHEMERAL, name));
  return notes.map((note) => {
    const instance = instanceIn(readFileSync(note, 'utf8'));
    return instance && { ...instance, isEphemeral: true };
  });
}

function instanceIn(dataDir: string): Instance | undefined {
  const folder = dataFolderAt(dataDir);
  const pid = lockHolder(folder);
  const settings = pid ? notedIn(folder) : undefined;
  return pid && settings ? { pid, settings, dataDir, isEphemeral: false } : undefined;
}

/** Undefined where a run has just ended. @throws {Error} where the file cannot be read: another user's run is one too */
function notedIn(folder: DataFolder): Record<string, string> | undefined {
  try {
    const noted = JSON.parse(readFileSync(fileIn(folder), 'utf8')) as Record<string, string | number>;
    return Object.fromEntries(Object.entries(noted).map(([name, value]) => [name, String(value)]));
  } catch (error) {
    if (error instanceof SyntaxError || (error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The environment with folder and settings of the running instance; a setting that it has itself, in either form, stays. */
export function withRunningInstance(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const instance = runningInstance(environment);
  if (!instance) return environment;
  const isOwn = (name: string): boolean => [plainName(name), `${plainName(name)}_FILE`].some((form) => environment[form]?.trim());
  const others = Object.entries(instance.settings).filter(([name]) => !isOwn(name));
  return { ...environment, ...Object.fromEntries(others), DATA_DIR: instance.dataDir };
}
