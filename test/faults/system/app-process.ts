import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLines, startChild, stopPlan, type ChildExit, type RunningChild, type Watchdog } from '#app/system';

const BUILT = resolve(import.meta.dirname, '../../..');
const READY_TIMEOUT_MS = 30_000;

/** What `/health` says, and `silent` where nothing says anything. */
export type HealthStatus = 'ok' | 'degraded' | 'down' | 'silent';

export interface AppProcessOptions {
  /** For instance `gateway-1`. */
  name: string;
  /** The built script, from the build's root. */
  script: string;
  port: number;
  env: NodeJS.ProcessEnv;
  folder: string;
}

/** One replica of an app: a process that can be frozen, killed and started again on the same port. */
export class AppProcess {
  private child: RunningChild | undefined;
  private frozen = false;
  private ready = false;
  /** Whether it is meant to end: it was told to, or carries a kill point. */
  private mayEnd = false;
  /** Settings beside those that it always has, or in place of them. */
  readonly settings: Record<string, string> = {};
  /** Modules that are loaded before it at every start: planted defects. */
  readonly seams: string[] = [];
  /** How often it ended though nobody had it end. */
  endedByItself = 0;

  constructor(
    readonly options: AppProcessOptions,
    private readonly watchdog: Watchdog,
  ) {}

  get name(): string {
    return this.options.name;
  }

  get url(): string {
    return `http://127.0.0.1:${this.options.port}`;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get isRunning(): boolean {
    return this.child !== undefined;
  }

  /** Whether it has been seen to serve since it was started: a load balancer sends requests to no other. */
  get isReady(): boolean {
    return this.isRunning && this.ready;
  }

  /** Whether it is there and can be expected to answer. */
  get isAwake(): boolean {
    return this.isRunning && !this.frozen;
  }

  /** Starts it, with further modules that are loaded before it this time: kill points, troubles. */
  async start({ preloads = [], mayEnd = false }: { preloads?: readonly string[]; mayEnd?: boolean } = {}): Promise<void> {
    const { name, script, folder } = this.options;
    const env = { NODE_ENV: 'production', ...this.options.env, ...this.settings };
    const file = join(BUILT, script);
    const args = [...[...this.seams, ...preloads].flatMap((preload) => ['--import', preload]), file];
    const child = await startChild(
      {
        ...{ name, command: process.execPath, args, env, marker: file },
        ...{ logFile: this.logFile, pidFile: join(folder, `${name}.pid.json`), plan: stopPlan('SIGTERM', 10_000), rank: 1 },
      },
      this.watchdog,
    );
    this.child = child;
    this.frozen = false;
    this.ready = false;
    this.mayEnd = mayEnd;
    void child.exited.then(() => {
      if (this.child === child) this.child = undefined;
      if (!this.mayEnd) this.endedByItself++;
    });
  }

  /** Resolves once it serves; its database must be there. */
  async untilReady(): Promise<void> {
    for (const deadline = Date.now() + READY_TIMEOUT_MS; this.isRunning && Date.now() < deadline; await sleep(50)) {
      const response = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      await response?.body?.cancel();
      if (response?.status === 200) return void (this.ready = true);
    }
    throw new Error(`${this.name} does not become ready.\n${this.lastWords()}`);
  }

  kill(): Promise<ChildExit | undefined> {
    return this.signal('SIGKILL');
  }

  /** @returns how long it took to end, in milliseconds, and how it ended */
  async terminate(): Promise<{ ms: number; exit: ChildExit | undefined }> {
    const began = performance.now();
    const exit = await this.signal('SIGTERM');
    return { ms: performance.now() - began, exit };
  }

  freeze(): void {
    if (!this.child) return;
    this.frozen = true;
    process.kill(this.child.pid, 'SIGSTOP');
  }

  thaw(): void {
    if (!this.child) return;
    this.frozen = false;
    process.kill(this.child.pid, 'SIGCONT');
  }

  async exitCode(): Promise<number | null | undefined> {
    return (await this.child?.exited)?.code;
  }

  lastWords(): string {
    return lastLines(readFileSync(this.logFile, 'utf8'), 8);
  }

  /** Resolves when it has ended, by a kill point for instance. */
  async exited(timeoutMs: number): Promise<boolean> {
    const { child } = this;
    if (!child) return true;
    return Promise.race([child.exited.then(() => true), sleep(timeoutMs, false)]);
  }

  async health(timeoutMs = 4_000): Promise<HealthStatus> {
    try {
      const response = await fetch(`${this.url}/health`, { signal: AbortSignal.timeout(timeoutMs) });
      return ((await response.json()) as { status: HealthStatus }).status;
    } catch {
      return 'silent';
    }
  }

  get logFile(): string {
    return join(this.options.folder, `${this.name}.log`);
  }

  private async signal(signal: NodeJS.Signals): Promise<ChildExit | undefined> {
    const { child } = this;
    if (!child) return undefined;
    this.mayEnd = true;
    process.kill(child.pid, signal);
    const exit = await child.exited;
    if (this.child === child) this.child = undefined;
    return exit;
  }
}

/** A built module as `node --import` takes it, with what it is asked to do. */
export const preloadOf = (module: string, query: Record<string, string>): string =>
  `file://${join(BUILT, 'test/faults', module)}?${new URLSearchParams(query).toString()}`;
