import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { signalProcess, type StopPlan } from './stop-process.js';

/** What the watchdog's process is told, one JSON object a line. */
export type WatchdogOrder = { guard: Guarded } | { release: number } | { remove: string };

/** A process that must not outlive this one. */
export interface Guarded {
  pid: number;
  plan: StopPlan;
  /** Greater ranks are stopped first: the apps before the servers they use. */
  rank: number;
}

const RESTART_MS = 500;

/**
 * A process of its own, in a session of its own, that stops the children when this process ends without having done so,
 * `kill -9` included. It learns of that by the end of its standard input.
 */
export class Watchdog {
  private readonly guarded = new Map<number, Guarded>();
  private readonly folders = new Set<string>();
  private closed = false;
  private process = this.start();

  /** @throws {Error} where the end has come: nothing is started any more */
  refuseWhenClosed(): void {
    if (this.closed) throw new Error('Stopping: nothing is started any more.');
  }

  /** Have this process stopped at the end. */
  guard(guarded: Guarded): void {
    this.guarded.set(guarded.pid, guarded);
    this.tell({ guard: guarded });
  }

  /** This process has ended: its id may soon be another's. */
  release(pid: number): void {
    if (this.guarded.delete(pid)) this.tell({ release: pid });
  }

  /** Have this folder removed at the end, after the processes are gone. */
  removeAtEnd(folder: string): void {
    this.folders.add(folder);
    this.tell({ remove: folder });
  }

  /** The end: what is still guarded is stopped, folders are removed. Resolves when that is done. */
  async close(): Promise<void> {
    this.closed = true;
    const child = this.process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.stdin?.end();
    await exited;
  }

  /** Makes the end come at once. */
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

/** The built script, for a process of its own can't run what jest transforms in memory. */
function watchdogScript(): string {
  const here = fileURLToPath(new URL('./watchdog-process.js', import.meta.url));
  return import.meta.url.endsWith('.ts') ? here.replace(/\/libs\/(?!.*\/libs\/)/, '/dist/libs/') : here;
}
