import { resolve } from 'node:path';
import { javaProgram } from '@app/embedded';

/** What the local run is told by the environment; null where it is told nothing. */
export interface Settings {
  gatewayPort: number;
  authPort: number;
  postgresPort: number;
  kafkaPort: number;
  /** An absolute path. */
  dataDir: string;
  apiToken: string | null;
  /** Requests a minute, 0 for no limit; the gateway's to apply. */
  apiRateLimit: string | null;
  gatewayDatabaseUrl: string | null;
  authDatabaseUrl: string | null;
  kafkaBrokers: string | null;
  /** The program that runs the broker. */
  java: string;
  /** When the set-up began, in milliseconds since 1970. */
  startedAt: number | null;
  /** The whole environment, which the apps are given too. */
  environment: NodeJS.ProcessEnv;
}

/** Settings that can't be used, with one message for each. */
export class InvalidSettings extends Error {
  override readonly name = 'InvalidSettings';

  constructor(readonly defects: readonly string[]) {
    super(defects.join('\n'));
  }
}

const RULES = {
  port: {
    fits: (value: string) => /^\d{1,5}$/.test(value) && Number(value) > 0 && Number(value) < 65_536,
    be: 'a port, 1 to 65535',
  },
  token: { fits: (value: string) => /^[\x21-\x7e]{8,512}$/.test(value), be: '8 to 512 visible ASCII characters' },
  count: { fits: (value: string) => /^\d{1,9}$/.test(value), be: 'a whole number of requests a minute, or 0 for no limit' },
  database: { fits: isDatabaseUrl, be: 'postgres://user:password@host:port/database' },
  brokers: {
    fits: (value: string) => /^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$/.test(value),
    be: 'host:port, or several with commas between',
  },
};

/** @throws {InvalidSettings} */
export function readSettings(environment: NodeJS.ProcessEnv = process.env): Settings {
  const defects: string[] = [];
  const read = (name: string, rule?: keyof typeof RULES): string | null => {
    const value = environment[name]?.trim() || null;
    if (value !== null && rule && !RULES[rule].fits(value)) defects.push(`${name} must be ${RULES[rule].be}.`);
    return value;
  };
  const settings: Settings = {
    gatewayPort: Number(read('GATEWAY_PORT', 'port') ?? 3000),
    authPort: Number(read('AUTH_PORT', 'port') ?? 3001),
    postgresPort: Number(read('POSTGRES_PORT', 'port') ?? 5433),
    kafkaPort: Number(read('KAFKA_PORT', 'port') ?? 9092),
    dataDir: resolve(read('DATA_DIR') ?? '.data'),
    apiToken: read('API_TOKEN', 'token'),
    apiRateLimit: read('API_RATE_LIMIT', 'count'),
    gatewayDatabaseUrl: read('GATEWAY_DATABASE_URL', 'database'),
    authDatabaseUrl: read('AUTH_DATABASE_URL', 'database'),
    kafkaBrokers: read('KAFKA_BROKERS', 'brokers'),
    java: javaProgram(read('JAVA_HOME')),
    startedAt: Number(environment['SET_UP_STARTED_AT']) || null,
    environment,
  };
  if (defects.length === 0) defects.push(...sharedPorts(settings));
  if (defects.length > 0) throw new InvalidSettings(defects);
  return settings;
}

function sharedPorts(settings: Settings): string[] {
  const ports = Object.entries({
    GATEWAY_PORT: settings.gatewayPort,
    AUTH_PORT: settings.authPort,
    ...(settings.gatewayDatabaseUrl && settings.authDatabaseUrl ? {} : { POSTGRES_PORT: settings.postgresPort }),
    ...(settings.kafkaBrokers ? {} : { KAFKA_PORT: settings.kafkaPort }),
  });
  return ports.flatMap(([name, port], index) => {
    const other = ports.slice(0, index).find(([, taken]) => taken === port);
    return other ? [`${name} and ${other[0]} must not both be ${port}.`] : [];
  });
}

function isDatabaseUrl(value: string): boolean {
  const url = URL.parse(value);
  return (url?.protocol === 'postgres:' || url?.protocol === 'postgresql:') && url.pathname.length > 1;
}
