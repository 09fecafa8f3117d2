import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { databaseUrl, ensureDatabases, startKafka, startPostgres, type RunningChild, type Watchdog } from '@app/embedded';
import type { DataDir } from './data-dir.js';
import type { Settings } from './env.js';
import type { Screen } from './screen.js';
import type { Secrets } from './secrets.js';
import type { Service } from './supervisor.js';

/** A server that runs, and how to start it again. */
export interface RunningService {
  service: Service;
  child: RunningChild;
}

/** Where the apps find their databases. */
export interface Databases {
  gatewayUrl: string;
  authUrl: string;
  /** Null where the environment names both. */
  server: RunningService | null;
}

/** Where the apps find the broker. */
export interface Broker {
  brokers: string;
  /** Null where the environment names it. */
  server: RunningService | null;
}

/** What the servers are started with. */
export interface LocalRun {
  settings: Settings;
  dataDir: DataDir;
  secrets: Secrets;
  watchdog: Watchdog;
  screen: Screen;
}

/** The databases: the environment's, or an embedded PostgreSQL's. */
export async function openDatabases({ settings, dataDir, secrets, watchdog, screen }: LocalRun): Promise<Databases> {
  const { gatewayDatabaseUrl: gatewayUrl, authDatabaseUrl: authUrl, postgresPort: port } = settings;
  if (gatewayUrl && authUrl) return { gatewayUrl, authUrl, server: null };
  const files = {
    dataDir: join(dataDir.root, 'postgres'),
    logFile: dataDir.logFile('postgres'),
    pidFile: dataDir.pidFile('postgres'),
  };
  const start = () => startPostgres({ ...files, port, password: secrets.postgresPassword, durable: true }, watchdog);
  const gateway = { name: 'contact_sync_gateway', password: secrets.gatewayDatabasePassword };
  const auth = { name: 'contact_sync_auth', password: secrets.authDatabasePassword };
  const child = await screen.step(`PostgreSQL on 127.0.0.1:${port}`, async () => {
    const postgres = await start();
    await ensureDatabases(postgres.adminUrl, [gateway, auth]);
    return postgres;
  });
  return {
    gatewayUrl: gatewayUrl ?? databaseUrl(child.adminUrl, gateway),
    authUrl: authUrl ?? databaseUrl(child.adminUrl, auth),
    server: { service: { name: 'PostgreSQL', start }, child },
  };
}

/** The broker: the environment's, or an embedded Kafka. */
export async function openBroker({ settings, dataDir, watchdog, screen }: LocalRun): Promise<Broker> {
  const { kafkaBrokers: brokers, kafkaPort: port, java } = settings;
  if (brokers) return { brokers, server: null };
  const files = { dataDir: join(dataDir.root, 'kafka'), logFile: dataDir.logFile('kafka'), pidFile: dataDir.pidFile('kafka') };
  const start = () => startKafka({ ...files, port, jars: { java, folder: jarsFolder() } }, watchdog);
  const child = await screen.step(`Kafka on 127.0.0.1:${port}`, start);
  return { brokers: child.broker, server: { service: { name: 'Kafka', start }, child } };
}

/** What the link leads to: a later set-up may turn it while this broker runs. */
function jarsFolder(): string {
  const link = resolve('.cache/kafka');
  return existsSync(link) ? realpathSync(link) : link;
}
