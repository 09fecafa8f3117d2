import { chmodSync, existsSync, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { dataFolderAt, lockDataFolder, StartFailed, type DataFolder, type Watchdog } from '#app/system';
import { assertNotForeign, mark } from './data-mark.js';
import type { Settings } from './env.js';
import { noteEphemeral, noteRun } from './running-instance.js';

/** Part of the command line of every local run, whatever its folder. */
const MARKER = 'apps/local/src/main.js';
const MIB = 1024 * 1024;
/** What a first start writes, and what a later one needs at least. */
const FRESH_MIB = 250;
const LATER_MIB = 50;

/** Where a run has its data. */
export interface DataPlace {
  folder: DataFolder;
  /** What becomes of the data at the end, as a sentence. */
  farewell: string;
  /** Gives the folder back. */
  leave: () => void;
}

/**
 * Takes DATA_DIR for this run, or a temporary folder that is removed at its end, even if this process is killed.
 * @throws {StartFailed} where another run or something else has it, or its disk is full
 */
export function takeDataPlace(settings: Settings, watchdog: Watchdog): DataPlace {
  const folder = dataFolderAt(settings.isEphemeral ? temporaryFolder(watchdog) : settings.dataDir);
  assertNotForeign(folder.root);
  const unlock = lockDataFolder(folder, MARKER);
  try {
    mark(folder.root);
    requireSpace(folder);
    const forget = [noteRun(folder, settings), ...(settings.isEphemeral ? [noteEphemeral(folder)] : []), unlock];
    const farewell = settings.isEphemeral ? 'The data are removed.' : `The data stay in ${folder.root}.`;
    return { folder, farewell, leave: () => forget.forEach((each) => each()) };
  } catch (error) {
    unlock();
    throw error;
  }
}

function temporaryFolder(watchdog: Watchdog): string {
  const root = mkdtempSync(join(tmpdir(), 'contact-sync-ephemeral-'));
  // If root runs this, another user runs PostgreSQL and has to enter the folder.
  chmodSync(root, 0o711);
  watchdog.removeAtEnd(root);
  return root;
}

function requireSpace(folder: DataFolder): void {
  const isFresh = !existsSync(folder.serverFiles('postgres').dataDir);
  const needed = isFresh ? FRESH_MIB : LATER_MIB;
  const { bavail, bsize } = statfsSync(existsSync(folder.root) ? folder.root : dirname(folder.root));
  const free = Math.floor((bavail * bsize) / MIB);
  if (free < needed)
    throw new StartFailed(
      `The disk of ${folder.root} is full: ${free} MB are free, and ${isFresh ? 'a first start' : 'a start'} needs ${needed}. ` +
        'Make room, or set DATA_DIR to a folder on another disk.',
    );
}
