import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { dataFolderAt, lockHolder, type DataFolder } from '#app/system';
import { InvalidSettings } from '#app/settings';
import { readSettings, type Settings } from './env.js';

/** The ports of a local run, by setting. */
interface Ports {
  GATEWAY_PORT: number;
  AUTH_PORT: number;
  POSTGRES_PORT: number;
  KAFKA_PORT: number;
  CONSOLE_PORT: number;
}

const fileIn = (folder: DataFolder): string => folder.pidFile('ports');

/** Stores the ports of this run, for commands in other terminals. @returns removes them */
export function notePorts(folder: DataFolder, settings: Settings): () => void {
  const ports: Ports = {
    GATEWAY_PORT: settings.gatewayPort,
    AUTH_PORT: settings.authPort,
    POSTGRES_PORT: settings.postgresPort,
    KAFKA_PORT: settings.kafkaPort,
    CONSOLE_PORT: settings.consolePort,
  };
  writeFileSync(fileIn(folder), JSON.stringify(ports));
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
  ports: Ports;
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
  const fitting = found.find(({ ports }) => ports.GATEWAY_PORT === gatewayPort);
  if (fitting) return fitting;
  const ports = found
    .map((each) => each.ports.GATEWAY_PORT)
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
  const ports = pid ? portsIn(folder) : undefined;
  return pid && ports ? { pid, ports, dataDir, isEphemeral: false } : undefined;
}

/** Undefined where a run has just ended. */
function portsIn(folder: DataFolder): Ports | undefined {
  try {
    return JSON.parse(readFileSync(fileIn(folder), 'utf8')) as Ports;
  } catch {
    return undefined;
  }
}

/** The environment with folder and ports of the running instance; a port that it sets itself stays. */
export function withRunningInstance(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const instance = runningInstance(environment);
  if (!instance) return environment;
  const ports = Object.entries(instance.ports).filter(([name]) => !environment[name]?.trim());
  return { ...environment, DATA_DIR: instance.dataDir, ...Object.fromEntries(ports.map(([name, port]) => [name, String(port)])) };
}
