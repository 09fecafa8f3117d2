import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLineOf, StartFailed } from '#app/system';

/** Where the local run keeps what. */
export interface DataDir {
  root: string;
  secrets: string;
  logFile(name: string): string;
  pidFile(name: string): string;
}

export const dataDirAt = (root: string): DataDir => ({
  root,
  secrets: join(root, 'secrets'),
  logFile: (name) => join(root, 'logs', `${name}.log`),
  pidFile: (name) => join(root, 'run', `${name}.json`),
});

/**
 * Takes the folder for this process, until it ends: two local runs on one folder would fight over its data.
 * @returns gives it back
 * @throws {StartFailed} where it is another's, or can't be written
 */
export function takeDataDir(dataDir: DataDir, marker: string): () => void {
  const file = dataDir.pidFile('local');
  const mine = JSON.stringify({ pid: process.pid, marker });
  try {
    for (const folder of [dataDir.root, join(dataDir.root, 'run'), join(dataDir.root, 'logs')])
      mkdirSync(folder, { recursive: true });
    mkdirSync(dataDir.secrets, { recursive: true, mode: 0o700 });
    const setAside = `${file}.${process.pid}`;
    while (!writeNew(file, mine)) {
      refuseIfAlive(dataDir, file);
      // Renamed before it is removed: of two that find it left over, one gets it.
      renameIfThere(file, setAside);
      rmSync(setAside, { force: true });
    }
  } catch (error) {
    if (error instanceof StartFailed) throw error;
    throw new StartFailed(
      `DATA_DIR ${dataDir.root} can't be used: ${(error as Error).message}. Set DATA_DIR to a folder you may write.`,
    );
  }
  return () => rmSync(file, { force: true });
}

function refuseIfAlive(dataDir: DataDir, file: string): void {
  const { pid, marker } = readLock(file);
  if (pid && pid !== process.pid && marker && commandLineOf(pid)?.includes(marker))
    throw new StartFailed(
      `contact-sync already runs on ${dataDir.root} (process ${pid}). Stop that one, or set another DATA_DIR and other ports.`,
    );
}

function readLock(file: string): { pid?: number; marker?: string } {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) ?? {}) as { pid?: number; marker?: string };
  } catch {
    return {};
  }
}

/** A link is there with its content, or not at all. */
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
