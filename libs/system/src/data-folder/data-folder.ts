import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLineOf } from '../processes/process-table.js';
import { StartFailed } from '../servers/start-failed.js';

/** The files of one server. */
interface ServerFiles {
  dataDir: string;
  logFile: string;
  pidFile: string;
}

/** The folder in which servers and apps keep data, secrets, logs and pid files. */
export interface DataFolder {
  /** An absolute path. */
  root: string;
  secrets: string;
  logs: string;
  /** Pid files, and the lock of the process that uses the folder. */
  run: string;
  logFile(name: string): string;
  pidFile(name: string): string;
  serverFiles(name: string): ServerFiles;
}

export function dataFolderAt(root: string): DataFolder {
  const [logs, run] = [join(root, 'logs'), join(root, 'run')];
  const logFile = (name: string): string => join(logs, `${name}.log`);
  const pidFile = (name: string): string => join(run, `${name}.json`);
  const serverFiles = (name: string): ServerFiles => ({
    dataDir: join(root, name),
    logFile: logFile(name),
    pidFile: pidFile(name),
  });
  return { root, secrets: join(root, 'secrets'), logs, run, logFile, pidFile, serverFiles };
}

/**
 * Locks the folder for this process until it ends: two runs on one folder would damage its data.
 * @param marker a part of this process's command line that no other program has
 * @returns unlocks it
 * @throws {StartFailed} where another process has locked it, or it is not writable
 */
export function lockDataFolder(dataFolder: DataFolder, marker: string): () => void {
  const file = lockFile(dataFolder);
  const mine = JSON.stringify({ pid: process.pid, marker });
  try {
    for (const folder of [dataFolder.root, dataFolder.run, dataFolder.logs]) mkdirSync(folder, { recursive: true });
    mkdirSync(dataFolder.secrets, { recursive: true, mode: 0o700 });
    const setAside = `${file}.${process.pid}`;
    while (!writeNew(file, mine)) {
      refuseIfLocked(dataFolder);
      // Renamed before it is removed: if two processes find a stale lock, one of them gets it.
      renameIfThere(file, setAside);
      rmSync(setAside, { force: true });
    }
  } catch (error) {
    if (error instanceof StartFailed) throw error;
    throw new StartFailed(
      `DATA_DIR ${dataFolder.root} can't be used: ${(error as Error).message}. Set DATA_DIR to a folder you may write.`,
    );
  }
  return () => rmSync(file, { force: true });
}

/** The running process that has locked the folder; `undefined` where there is no such process, `null` where the lock is unreadable. */
export function lockHolder(dataFolder: DataFolder): number | undefined | null {
  const { pid, marker } = readLock(lockFile(dataFolder));
  if (!pid || !marker) return null;
  return commandLineOf(pid)?.includes(marker) ? pid : undefined;
}

const lockFile = (dataFolder: DataFolder): string => dataFolder.pidFile('local');

function refuseIfLocked(dataFolder: DataFolder): void {
  const pid = lockHolder(dataFolder);
  if (pid && pid !== process.pid)
    throw new StartFailed(
      `contact-sync already runs on ${dataFolder.root} (process ${pid}). Stop that one, or set another DATA_DIR and other ports.`,
    );
}

function readLock(file: string): { pid?: number; marker?: string } {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) ?? {}) as { pid?: number; marker?: string };
  } catch {
    return {};
  }
}

/** A link appears with its whole content, or not at all. */
function writeNew(file: string, content: string): boolean {
  const draft = `${file}.new-${process.pid}`;
  writeFileSync(draft, content);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
