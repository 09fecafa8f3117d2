import { randomBytes } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { databaseUrl, ensureDatabases, freePort, startKafka, startPostgres, type Watchdog } from '#app/system';

/** The servers of a run, on their own ports and data. */
export interface Servers {
  gatewayDatabaseUrl: string;
  authDatabaseUrl: string;
  /** The bare handler's, on the same server. */
  bareDatabaseUrl: string;
  broker: string;
}

/** Starts PostgreSQL, as durable as in production, and Kafka. */
export async function startServers(folder: string, watchdog: Watchdog): Promise<Servers> {
  const files = (name: string) => ({
    dataDir: join(folder, name),
    logFile: join(folder, `${name}.log`),
    pidFile: join(folder, `${name}.json`),
  });
  const password = randomBytes(16).toString('hex');
  const [postgres, kafka] = await Promise.all([
    startPostgres({ ...files('postgres'), port: await freePort(), password, durable: true }, watchdog),
    startKafka({ ...files('kafka'), port: await freePort(), jars: { java: 'java', folder: jarsFolder() } }, watchdog),
  ]);
  const [gateway, auth, bare] = ['bench_gateway', 'bench_auth', 'bench_bare'].map((name) => ({ name, password }));
  await ensureDatabases(postgres.adminUrl, [gateway!, auth!, bare!]);
  return {
    gatewayDatabaseUrl: databaseUrl(postgres.adminUrl, gateway!),
    authDatabaseUrl: databaseUrl(postgres.adminUrl, auth!),
    bareDatabaseUrl: databaseUrl(postgres.adminUrl, bare!),
    broker: kafka.broker,
  };
}

function jarsFolder(): string {
  const link = resolve('.cache/kafka');
  return existsSync(link) ? realpathSync(link) : link;
}
