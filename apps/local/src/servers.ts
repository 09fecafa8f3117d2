import {
  type DataFolder,
  databaseUrl,
  ensureDatabases,
  kafkaJars,
  startKafka,
  startPostgres,
  type AppDatabase,
  type RunningChild,
  type Watchdog,
} from '#app/system';
import type { Settings } from './env.js';
import type { Screen } from './screen.js';
import type { Secrets } from './secrets.js';
import type { SetUpLink } from './set-up-link.js';
import type { Service } from './kept-service.js';

/** A running server, and how to start it again. */
export interface RunningService {
  service: Service;
  child: RunningChild;
}

/** The parts of a local run. */
export interface LocalRun {
  settings: Settings;
  dataDir: DataFolder;
  secrets: Secrets;
  watchdog: Watchdog;
  screen: Screen;
  /** The set-up that started this run. */
  setUp: SetUpLink;
}

/** The apps' databases and broker: the environment's, else the ones that this run starts. */
export interface Addresses {
  gatewayDatabaseUrl: string;
  authDatabaseUrl: string;
  brokers: string;
}

export function addressesOf({ settings, secrets }: Pick<LocalRun, 'settings' | 'secrets'>): Addresses {
  const { gatewayDatabaseUrl, authDatabaseUrl, kafkaBrokers, postgresPort, kafkaPort } = settings;
  const [gateway, auth] = appDatabases(secrets);
  return {
    gatewayDatabaseUrl: gatewayDatabaseUrl ?? databaseUrl(`postgres://127.0.0.1:${postgresPort}`, gateway),
    authDatabaseUrl: authDatabaseUrl ?? databaseUrl(`postgres://127.0.0.1:${postgresPort}`, auth),
    brokers: kafkaBrokers ?? `127.0.0.1:${kafkaPort}`,
  };
}

/** Starts PostgreSQL with a database for each app, unless the environment names both. */
export async function startDatabases({ settings, dataDir, secrets, watchdog, screen }: LocalRun): Promise<RunningService | null> {
  if (settings.gatewayDatabaseUrl && settings.authDatabaseUrl) return null;
  const port = settings.postgresPort;
  const files = dataDir.serverFiles('postgres');
  const start = () =>
    startPostgres({ ...files, port, password: secrets.postgresPassword, durable: !settings.isEphemeral }, watchdog);
  const child = await screen.step(`PostgreSQL on 127.0.0.1:${port}`, async () => {
    const postgres = await start();
    await ensureDatabases(postgres.adminUrl, appDatabases(secrets));
    return postgres;
  });
  return { service: { name: 'PostgreSQL', start }, child };
}

/** Starts Kafka, unless the environment names a broker. */
export async function startBroker({ settings, dataDir, watchdog, screen, setUp }: LocalRun): Promise<RunningService | null> {
  if (settings.kafkaBrokers) return null;
  const { kafkaPort: port, java } = settings;
  const start = () => startKafka({ ...dataDir.serverFiles('kafka'), port, jars: kafkaJars(java) }, watchdog);
  await setUp.brokerJars();
  const child = await screen.step(`Kafka on 127.0.0.1:${port}`, start);
  return { service: { name: 'Kafka', start }, child };
}

const appDatabases = (secrets: Secrets): [gateway: AppDatabase, auth: AppDatabase] => [
  { name: 'contact_sync_gateway', password: secrets.gatewayDatabasePassword },
  { name: 'contact_sync_auth', password: secrets.authDatabasePassword },
];
