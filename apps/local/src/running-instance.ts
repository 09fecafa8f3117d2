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

/** The running instance of DATA_DIR; undefined if there is none. */
export function runningInstance(environment: NodeJS.ProcessEnv): { pid: number; ports: Ports } | undefined {
  const folder = dataFolderAt(resolve(environment['DATA_DIR']?.trim() || '.data'));
  const pid = lockHolder(folder);
  if (!pid || !existsSync(fileIn(folder))) return undefined;
  return { pid, ports: JSON.parse(readFileSync(fileIn(folder), 'utf8')) as Ports };
}

/** The environment with the ports of the running instance, except those that it sets itself. */
export function withRunningPorts(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ports = Object.entries(runningInstance(environment)?.ports ?? {});
  const unnamed = ports.filter(([name]) => !environment[name]?.trim()).map(([name, port]) => [name, String(port)]);
  return { ...environment, ...(Object.fromEntries(unnamed) as Record<string, string>) };
}
