import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  followLog,
  StartFailed,
  startChild,
  stopLeftover,
  stopPlan,
  type ChildCommand,
  type RunningChild,
  type Watchdog,
} from '#app/system';
import type { DataDir } from './data-dir.js';
import { lastWords } from './last-words.js';

const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

/** One of the two apps, or its set-up. */
export interface AppProcess {
  /** As people know it, for instance `gateway set-up`. */
  name: string;
  /** Relative to the folder of the built code, for instance `apps/gateway/src/main.js`. */
  script: string;
  environment: NodeJS.ProcessEnv;
}

/** Starts apps as processes of their own, from the folder of the built code. */
export class Apps {
  constructor(
    private readonly built: string,
    private readonly dataDir: DataDir,
    private readonly watchdog: Watchdog,
  ) {}

  /** @throws {StartFailed} where it fails */
  async runToEnd(app: AppProcess): Promise<void> {
    const command = this.command(app);
    const log = followLog(command.logFile);
    const { code } = await (await startChild(command, this.watchdog)).exited;
    if (code !== 0) throw new StartFailed(`${app.name} failed.${lastWords(log())}`, command.logFile);
  }

  /** Starts an app; a former run's is stopped before. */
  async start(app: AppProcess): Promise<RunningChild> {
    const command = this.command(app);
    await stopLeftover(command);
    return startChild(command, this.watchdog);
  }

  /** Stops what a former run left, for it would hold the port. */
  async stopLeftover(app: AppProcess): Promise<void> {
    await stopLeftover(this.command(app));
  }

  /**
   * Starts an app and waits until it says that it can serve.
   * @throws {StartFailed} where it ends before, or takes too long
   */
  async startUntilReady(app: AppProcess, port: number): Promise<RunningChild> {
    const { logFile } = this.command(app);
    const log = followLog(logFile);
    const child = await this.start(app);
    let ended = false;
    void child.exited.then(() => (ended = true));
    const deadline = Date.now() + READY_TIMEOUT_MS;
    const give = (up: string): never => {
      throw new StartFailed(`${app.name} ${up}.${lastWords(log())}`, logFile);
    };
    while (!(await isReady(port))) {
      if (ended) give('ended at once');
      if (Date.now() > deadline) give(`was not ready within ${READY_TIMEOUT_MS / 1000} s`);
      await sleep(POLL_MS);
    }
    return child;
  }

  private command({ name, script, environment }: AppProcess): ChildCommand {
    const file = join(this.built, script);
    const slug = name.replaceAll(' ', '-');
    return {
      name,
      command: process.execPath,
      args: ['--enable-source-maps', file],
      env: environment,
      logFile: this.dataDir.logFile(slug),
      pidFile: this.dataDir.pidFile(slug),
      marker: file,
      plan: stopPlan('SIGTERM', 3_500),
      rank: 1,
    };
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
