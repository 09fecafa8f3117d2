import { readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataFolderAt, lockHolder, type DataFolder } from '../data-folder/data-folder.js';
import { stopLeftover } from '../processes/child.js';
import { stopPlan } from '../processes/stop-process.js';
import { temporaryHost } from '../run-in-folder.js';
import { startServers } from './servers.js';

const NAME = 'tests';

/** Servers on free ports with empty data, which are removed when they are stopped, or when this process ends. */
export interface ThrowawayServers {
  /** The superuser's, to the database `postgres`. */
  adminUrl: string;
  /** `host:port`. */
  broker: string;
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL and a single-node Kafka for a test run; their data would not survive a power cut.
 * First it removes the leftovers of killed runs.
 * @throws {StartFailed}
 */
export async function startThrowawayServers(): Promise<ThrowawayServers> {
  await sweep();
  const host = temporaryHost(NAME);
  try {
    const { postgres, brokers } = await startServers(host, { durable: false });
    return { adminUrl: postgres.adminUrl, broker: brokers[0]!.address, stop: () => host.watchdog.close() };
  } catch (error) {
    await host.watchdog.close();
    throw error;
  }
}

/** Removes the leftovers of runs whose process and watchdog were killed. */
async function sweep(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((each) => each.startsWith(`contact-sync-${NAME}-`))) {
    const folder = dataFolderAt(join(tmpdir(), name));
    if (lockHolder(folder) !== undefined) continue;
    await stopAll(folder);
    rmSync(folder.root, { recursive: true, force: true });
  }
}

async function stopAll(folder: DataFolder): Promise<void> {
  const names = readdirSync(folder.run).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []));
  for (const name of names) await stopLeftover({ name, pidFile: folder.pidFile(name), plan: stopPlan('SIGKILL', 1_000) });
}
