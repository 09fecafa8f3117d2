import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { stopLeftover } from '../processes/child.js';
import { startKafka } from './kafka.js';
import type { KafkaJars } from './kafka-java.js';
import { freePort } from './ports.js';
import { startPostgres } from './postgres.js';
import { commandLineOf } from '../processes/process-table.js';
import { stopPlan } from '../processes/stop-process.js';
import { Watchdog } from '../processes/watchdog.js';

const PREFIX = 'contact-sync-tests-';

/** Servers on free ports with empty data, gone without a trace when they are stopped, or when this process ends. */
export interface ThrowawayServers {
  /** The superuser's, to the database `postgres`. */
  adminUrl: string;
  /** `host:port`. */
  broker: string;
  stop(): Promise<void>;
}

/**
 * Starts a PostgreSQL that forgets at a power cut and a single-node Kafka, both for a test run.
 * What a killed run has left is swept away before.
 * @param marker a part of this process's command line, by which a later run knows whether this one is still at work
 * @throws {StartFailed}
 */
export async function startThrowawayServers(jars: KafkaJars, marker: string): Promise<ThrowawayServers> {
  await sweep();
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  // Where root runs this, another user runs PostgreSQL, and must get through.
  chmodSync(folder, 0o711);
  writeFileSync(join(folder, 'owner.json'), JSON.stringify({ pid: process.pid, marker }));
  const watchdog = new Watchdog();
  watchdog.removeAtEnd(folder);
  const files = (name: string) => ({
    dataDir: join(folder, name),
    logFile: join(folder, `${name}.log`),
    pidFile: join(folder, `${name}.pid.json`),
  });
  const [postgresPort, kafkaPort] = [await freePort(), await freePort()];
  const [{ adminUrl }, { broker }] = await Promise.all([
    startPostgres({ ...files('postgres'), port: postgresPort, password: 'throwaway', durable: false }, watchdog),
    startKafka({ ...files('kafka'), port: kafkaPort, jars }, watchdog),
  ]).catch(async (error: unknown) => {
    await watchdog.close();
    throw error;
  });
  return { adminUrl, broker, stop: () => watchdog.close() };
}

/** Sweeps away what runs have left whose process, and whose watchdog, were killed. */
async function sweep(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((each) => each.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name);
    const { pid, marker } = readOwner(join(folder, 'owner.json'));
    if (pid === undefined || marker === undefined || commandLineOf(pid)?.includes(marker)) continue;
    for (const file of readdirSync(folder).filter((each) => each.endsWith('.pid.json')))
      await stopLeftover({ name: basename(file, '.pid.json'), pidFile: join(folder, file), plan: stopPlan('SIGKILL', 1_000) });
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Nothing where it is another user's, or still being made. */
function readOwner(file: string): { pid?: number; marker?: string } {
  try {
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { pid: number; marker: string }) : {};
  } catch {
    return {};
  }
}
