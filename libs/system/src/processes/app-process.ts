import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { hostInUrl } from '#app/settings';
import { BUILT, COMPILE_CACHE } from '../built.js';
import type { DataFolder } from '../data-folder/data-folder.js';
import { followLog } from '../servers/log-file.js';
import { StartFailed } from '../servers/start-failed.js';
import { startChild, stopLeftover, type ChildCommand, type ChildExit, type RunningChild, type StartedChild } from './child.js';
import { lastMessages } from './last-messages.js';
import { stopPlan } from './stop-process.js';
import type { Watchdog } from './watchdog.js';

/**
 * Half the size of V8's young generation, in MB. Without it V8 takes up to 128 MB for it, and gives nothing back; with half of this
 * an update costs a tenth more. And V8 allocates nothing in the old generation because its like has survived before: there, rows that the
 * relay has read would stay until a full collection. Dockerfile, compose file and chart name both too.
 */
export const MEMORY_OPTIONS = ['--max-semi-space-size=32', '--no-allocation-site-pretenuring'] as const;

const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

/** The status of `/health`; `silent` without an answer. */
export type HealthStatus = 'ok' | 'degraded' | 'down' | 'silent';

/** A built script of an app: the app itself, its set-up, or a command. */
export interface AppScript {
  /** For instance `gateway-1` or `gateway set-up`. Its log and its pid file have this name. */
  name: string;
  /** Below the folder of the built code, for instance `apps/gateway/src/main.js`. */
  script: string;
  args?: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Port of an app; a command has no port. */
  port?: number;
  /** The folder of the built code of another release. @default this release's */
  built?: string;
  /** How long it may take to end after SIGTERM when everything is stopped. */
  stopWaitMs?: number;
}

/** The folder for files of app processes, and the watchdog that stops them. */
export interface ProcessHost {
  folder: DataFolder;
  watchdog: Watchdog;
}

/** Settings of a single start. */
interface StartOptions {
  /** Modules to load before the app at this start. */
  preloads?: readonly string[];
  /** Whether it may end by itself, like a command or an app with a kill point. */
  mayEnd?: boolean;
}

/** The module that loads another one and waits, as an option of Node's. */
const loadFirst = (module: string): string => {
  const url = pathToFileURL(join(BUILT, 'libs/system/src/processes/load-first.js'));
  url.searchParams.set('module', pathToFileURL(module).href);
  return url.href;
};

/** How a process ended, and how long that took after the signal. */
interface Termination extends ChildExit {
  ms: number;
}

/** A built app as a separate process, which can be stopped, killed, frozen, and started again on the same port. */
export class AppProcess {
  /** Settings for the next start; they override `env`. */
  readonly settings: Record<string, string> = {};
  /** Modules to load before the app at every start, for example planted defects. */
  readonly preloads: string[] = [];
  /** Has loaded the app, or still does, and waits until `start` lets it begin. */
  private held: StartedChild | undefined;
  /** How often it ended unexpectedly. */
  unexpectedEnds = 0;
  private child: RunningChild | undefined;
  private log = (): string => '';
  private frozen = false;
  private ready = false;
  private mayEnd = false;

  constructor(
    readonly app: AppScript,
    private readonly host: ProcessHost,
  ) {}

  get name(): string {
    return this.app.name;
  }

  get url(): string {
    return `http://${hostInUrl(this.settings['HOST'] ?? this.app.env['HOST'])}:${this.app.port}`;
  }

  private get built(): string {
    return this.app.built ?? BUILT;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get isRunning(): boolean {
    return this.child !== undefined;
  }

  /** Whether it has been ready since its start: a load balancer sends requests only to a ready one. */
  get isReady(): boolean {
    return this.isRunning && this.ready;
  }

  /** Whether it runs and can be expected to answer. */
  get isAwake(): boolean {
    return this.isRunning && !this.frozen;
  }

  /** Its output since its last start. */
  get output(): string {
    return this.log();
  }

  /**
   * Starts a process that loads a module of the app with all that it imports; the app itself begins with `start`.
   * @param module below the folder of the built code
   */
  async load(module: string): Promise<void> {
    const held = await this.spawn({ ...this.command([loadFirst(join(this.built, module))]), isHeld: true });
    this.held = held;
    void held.exited.then(() => {
      if (this.held === held) this.held = undefined;
    });
  }

  /** Stops the leftover of an earlier run, and starts it. Resolves when the process runs; see `untilReady`. */
  async start({ preloads = [], mayEnd = false }: StartOptions = {}): Promise<RunningChild> {
    const child = this.held ?? (await this.spawn(this.command(preloads)));
    this.held = undefined;
    child.begin();
    this.child = child;
    this.frozen = false;
    this.ready = false;
    this.mayEnd = mayEnd;
    void child.exited.then(() => {
      if (this.child === child) this.child = undefined;
      if (!this.mayEnd) this.unexpectedEnds++;
    });
    return child;
  }

  /**
   * Resolves when it is ready.
   * @throws {StartFailed} where it ends before that, or takes too long
   */
  async untilReady(timeoutMs = READY_TIMEOUT_MS): Promise<void> {
    for (const deadline = Date.now() + timeoutMs; !(await this.answersAsReady()); await sleep(POLL_MS)) {
      if (!this.isRunning) throw this.failure('ended at once');
      if (Date.now() > deadline) throw this.failure(`was not ready within ${timeoutMs / 1000} s`);
    }
    this.ready = true;
  }

  async startUntilReady(options: StartOptions = {}): Promise<RunningChild> {
    const child = await this.start(options);
    await this.untilReady();
    return child;
  }

  /**
   * Runs a command to its end.
   * @returns its output
   * @throws {StartFailed} where it fails
   */
  async runToEnd(): Promise<string> {
    const { exited } = await this.start({ mayEnd: true });
    if ((await exited).code !== 0) throw this.failure('failed');
    return this.output;
  }

  /** Stops the leftover of an earlier run. */
  async stopLeftover(): Promise<void> {
    await stopLeftover(this.command([]));
  }

  kill(): Promise<Termination | undefined> {
    return this.end('SIGKILL');
  }

  terminate(): Promise<Termination | undefined> {
    return this.end('SIGTERM');
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

  /** @returns whether it has ended in this time, for example at a kill point */
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

  private async spawn(command: ChildCommand): Promise<StartedChild> {
    await stopLeftover(command);
    this.log = followLog(command.logFile);
    return startChild(command, this.host.watchdog);
  }

  private async answersAsReady(): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  }

  private async end(signal: NodeJS.Signals): Promise<Termination | undefined> {
    const { child } = this;
    if (!child) return undefined;
    this.mayEnd = true;
    const began = performance.now();
    process.kill(child.pid, signal);
    const exit = await child.exited;
    if (this.child === child) this.child = undefined;
    return { ...exit, ms: performance.now() - began };
  }

  private failure(what: string): StartFailed {
    return new StartFailed(`${this.name} ${what}.${lastMessages(this.output)}`, this.command([]).logFile);
  }

  private command(preloads: readonly string[]): ChildCommand {
    const { name, script, args = [], env, stopWaitMs = 10_000 } = this.app;
    const file = join(this.built, script);
    const imports = [...this.preloads, ...preloads].flatMap((module) => ['--import', module]);
    const fileName = name.replaceAll(' ', '-');
    return {
      name,
      command: process.execPath,
      args: ['--enable-source-maps', ...MEMORY_OPTIONS, ...imports, file, ...args],
      env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...env, ...this.settings },
      logFile: this.host.folder.logFile(fileName),
      pidFile: this.host.folder.pidFile(fileName),
      marker: file,
      plan: stopPlan('SIGTERM', stopWaitMs),
      rank: 1,
    };
  }
}
