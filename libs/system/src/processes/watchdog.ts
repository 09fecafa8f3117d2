import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { endGuarded, type Guarded } from './end-guarded.js';
import { signalProcess } from './stop-process.js';

/** A message to the watchdog's process, one JSON object per line. */
export type WatchdogOrder = { guard: Guarded } | { release: number } | { remove: string };

const RESTART_MS = 500;

/**
 * A separate process, in a session of its own, that stops the children when this process ends without stopping them,
 * for example by `kill -9`. The end of its standard input is the sign.
 */
export class Watchdog {
  private readonly guarded = new Map<number, Guarded>();
  private readonly folders = new Set<string>();
  private closed = false;
  private process = this.start();

  /** @throws {Error} where the end has begun: no process is started any more */
  refuseWhenClosed(): void {
    if (this.closed) throw new Error('Stopping: nothing is started any more.');
  }

  /** Adds a process to stop at the end. */
  guard(guarded: Guarded): void {
    this.guarded.set(guarded.pid, guarded);
    this.tell({ guard: guarded });
  }

  /** Removes a process that has ended: its id may soon belong to another one. */
  release(pid: number): void {
    if (this.guarded.delete(pid)) this.tell({ release: pid });
  }

  /** Adds a folder to remove at the end, after the processes have ended. */
  removeAtEnd(folder: string): void {
    this.folders.add(folder);
    this.tell({ remove: folder });
  }

  /** Ends the watchdog: stops all guarded processes and removes the folders. Resolves after that. */
  async close(): Promise<void> {
    this.closed = true;
    const child = this.process;
    if (child.exitCode === null && child.signalCode === null) {
      child.ref();
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.stdin?.end();
      await exited;
    }
    // One that was killed has not stopped everything.
    if (child.exitCode !== 0) await endGuarded(this.guarded.values(), this.folders);
  }

  /** Ends it at once. */
  kill(): void {
    for (const { pid } of this.guarded.values()) signalProcess(pid, 'SIGKILL');
  }

  private start(): ChildProcess {
    const child = spawn(process.execPath, [watchdogScript()], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    child.on('error', () => undefined);
    child.stdin.on('error', () => undefined);
    child.once('exit', () => void setTimeout(() => this.replace(), RESTART_MS).unref());
    child.unref();
    (child.stdin as Socket).unref();
    return child;
  }

  private replace(): void {
    if (this.closed) return;
    this.process = this.start();
    for (const guarded of this.guarded.values()) this.tell({ guard: guarded });
    for (const folder of this.folders) this.tell({ remove: folder });
  }

  private tell(order: WatchdogOrder): void {
    this.process.stdin?.write(`${JSON.stringify(order)}\n`);
  }
}

/** The built script: a separate process can't run what jest transforms in memory. */
function watchdogScript(): string {
  const here = fileURLToPath(new URL('./watchdog-process.js', import.meta.url));
  return import.meta.url.endsWith('.ts') ? here.replace(/\/libs\/(?!.*\/libs\/)/, '/dist/libs/') : here;
}
