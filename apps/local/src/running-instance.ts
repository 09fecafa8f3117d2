import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { dataFolderAt, lockHolder, type DataFolder } from '#app/system';
import type { Settings } from './env.js';

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

/** Names the data folder of this clone's ephemeral run. */
const EPHEMERAL = resolve('.cache/ephemeral-run');

/** Stores where an ephemeral run has its data, for commands in other terminals. @returns removes it */
export function noteEphemeral(folder: DataFolder): () => void {
  writeFileSync(EPHEMERAL, folder.root);
  return () => rmSync(EPHEMERAL, { force: true });
}

/** A run that another command has found. */
interface Instance {
  pid: number;
  ports: Ports;
  dataDir: string;
}

/** The running instance of DATA_DIR, else the clone's ephemeral one; undefined if there is none. */
export function runningInstance(environment: NodeJS.ProcessEnv): Instance | undefined {
  const named = environment['DATA_DIR']?.trim();
  const instance = instanceIn(resolve(named || '.data'));
  if (instance || named || !existsSync(EPHEMERAL)) return instance;
  return instanceIn(readFileSync(EPHEMERAL, 'utf8'));
}

function instanceIn(dataDir: string): Instance | undefined {
  const folder = dataFolderAt(dataDir);
  const pid = lockHolder(folder);
  if (!pid || !existsSync(fileIn(folder))) return undefined;
  return { pid, ports: JSON.parse(readFileSync(fileIn(folder), 'utf8')) as Ports, dataDir };
}

/** The environment with folder and ports of the running instance; a port that it sets itself stays. */
export function withRunningInstance(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const instance = runningInstance(environment);
  if (!instance) return environment;
  const ports = Object.entries(instance.ports).filter(([name]) => !environment[name]?.trim());
  return { ...environment, DATA_DIR: instance.dataDir, ...Object.fromEntries(ports.map(([name, port]) => [name, String(port)])) };
}
