import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { dataFolderAt, lockDataFolder } from './data-folder/data-folder.js';
import type { ProcessHost } from './processes/app-process.js';
import { Watchdog } from './processes/watchdog.js';
import { StartFailed } from './servers/start-failed.js';

const INTERRUPTED = 130;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Gives a command a temporary folder for servers and apps. All of them are stopped, and the folder is removed, when the work ends,
 * when a signal comes, and when this process is killed.
 * @returns the exit code
 */
export async function runInFolder(name: string, work: (host: ProcessHost) => Promise<number>): Promise<number> {
  const host = temporaryHost(name);
  const { watchdog } = host;
  let stopping = false;
  const stop = (): void => {
    stopping = true;
    void watchdog.close().then(() => process.exit(INTERRUPTED));
  };
  for (const signal of SIGNALS) process.once(signal, stop);
  try {
    return await work(host);
  } catch (error) {
    // A run that is stopped fails, since its servers are gone.
    if (stopping) return INTERRUPTED;
    console.error(error instanceof StartFailed ? error.message : error);
    return 1;
  } finally {
    await watchdog.close();
  }
}

/** A folder below the system's temporary one, removed once the watchdog is closed. */
export function temporaryHost(name: string): ProcessHost {
  const root = mkdtempSync(join(tmpdir(), `contact-sync-${name}-`));
  // If root runs this, another user runs PostgreSQL and has to enter the folder.
  chmodSync(root, 0o711);
  const folder = dataFolderAt(root);
  lockDataFolder(folder, basename(process.argv[1] ?? process.execPath));
  const watchdog = new Watchdog();
  watchdog.removeAtEnd(root);
  return { folder, watchdog };
}
