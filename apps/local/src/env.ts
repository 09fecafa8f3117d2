import { resolve } from 'node:path';
import { javaProgram } from '#app/system';
import { brokerList, integer, postgresUrl, SettingsReader, visibleAscii } from '#app/settings';
import { BLOCKED_PORTS } from './blocked-ports.js';

/** The local run's settings; null if one is not set. */
export interface Settings {
  gatewayPort: number;
  authPort: number;
  postgresPort: number;
  kafkaPort: number;
  /** Port of the console, the page of the local run. */
  consolePort: number;
  /** An absolute path. */
  dataDir: string;
  /** Whether the data go at the end. */
  isEphemeral: boolean;
  apiToken: string | null;
  /** Requests a minute, 0 for no limit; the gateway applies it. */
  apiRateLimit: string | null;
  gatewayDatabaseUrl: string | null;
  authDatabaseUrl: string | null;
  kafkaBrokers: string | null;
  /** The program that runs the broker. */
  java: string;
  /** When the set-up began, in milliseconds since 1970. */
  startedAt: number | null;
  /** The whole environment; the apps get it too. */
  environment: NodeJS.ProcessEnv;
}

const port = integer(1, 65_535);
const anyText = (text: string): string => text;

/** @throws {InvalidSettings} with every wrong setting */
export function readSettings(environment: NodeJS.ProcessEnv = process.env): Settings {
  const reader = new SettingsReader(environment);
  const textOrNull = (name: string, check: (text: string) => unknown): string | null =>
    reader.read<string | null>(name, null, (text) => (check(text), text));
  const textOrFileOrNull = (name: string, check: (text: string) => unknown): string | null =>
    reader.readOptionalOrFile(name, (text) => (check(text), text)) ?? null;
  const settings: Settings = {
    ...readPorts(reader),
    dataDir: resolve(reader.read('DATA_DIR', '.data', anyText)),
    isEphemeral: false,
    apiToken: textOrFileOrNull('API_TOKEN', visibleAscii(8, 512)),
    apiRateLimit: textOrNull('API_RATE_LIMIT', integer(0, 999_999_999)),
    gatewayDatabaseUrl: textOrFileOrNull('GATEWAY_DATABASE_URL', postgresUrl),
    authDatabaseUrl: textOrFileOrNull('AUTH_DATABASE_URL', postgresUrl),
    kafkaBrokers: textOrNull('KAFKA_BROKERS', brokerList),
    java: javaProgram(textOrNull('JAVA_HOME', anyText)),
    startedAt: Number(environment['SET_UP_STARTED_AT']) || null,
    environment,
  };
  for (const defect of portDefects(reader.accept(settings))) reader.refuse(defect);
  return reader.accept(settings);
}

function readPorts(reader: SettingsReader) {
  // A wrong one is reported, and is no number.
  const offset = reader.read('PORT_OFFSET', 0, integer(0, 50_000)) || 0;
  return {
    gatewayPort: reader.read('GATEWAY_PORT', 3000 + offset, port),
    authPort: reader.read('AUTH_PORT', 3001 + offset, port),
    postgresPort: reader.read('POSTGRES_PORT', 5433 + offset, port),
    kafkaPort: reader.read('KAFKA_PORT', 9092 + offset, port),
    consolePort: reader.read('CONSOLE_PORT', 3002 + offset, port),
  };
}

/** Whether this run made the databases: the demo's passwords are public, so its logins go into no other database. */
export const ownsDatabases = ({ gatewayDatabaseUrl, authDatabaseUrl }: Settings): boolean =>
  gatewayDatabaseUrl === null && authDatabaseUrl === null;

function portDefects(settings: Settings): string[] {
  const apps = { GATEWAY_PORT: settings.gatewayPort, AUTH_PORT: settings.authPort, CONSOLE_PORT: settings.consolePort };
  const blocked = Object.entries(apps)
    .filter(([, port]) => BLOCKED_PORTS.has(port))
    .map(([name, port]) => `${name} must not be ${port}: browsers, and fetch of Node, do not connect to it.`);
  const ports = Object.entries({
    ...apps,
    ...(settings.gatewayDatabaseUrl && settings.authDatabaseUrl ? {} : { POSTGRES_PORT: settings.postgresPort }),
    ...(settings.kafkaBrokers ? {} : { KAFKA_PORT: settings.kafkaPort }),
  });
  const shared = ports.flatMap(([name, port], index) => {
    const other = ports.slice(0, index).find(([, taken]) => taken === port);
    return other ? [`${name} and ${other[0]} must not both be ${port}.`] : [];
  });
  return [...blocked, ...shared];
}
