import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const PROC = existsSync('/proc/self/stat');

/** Whether a process with this id runs. A process that has ended but was not reaped does not run. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(pid);
}

/** The command line of a running process, its parts joined by spaces; null where there is no such process. */
export function commandLineOf(pid: number): string | null {
  if (!isRunning(pid)) return null;
  if (!PROC) return spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim() || null;
  return readProc(pid, 'cmdline')?.replaceAll('\0', ' ').trim() || null;
}

function isZombie(pid: number): boolean {
  // pid (name) state …: the name may contain spaces and brackets; the state follows its last bracket.
  const stat = PROC ? readProc(pid, 'stat') : null;
  return stat !== null && /^ [ZX]/.test(stat.slice(stat.lastIndexOf(')') + 1));
}

function readProc(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return null;
  }
}
