import { setTimeout as sleep } from 'node:timers/promises';
import { onDatabase } from '../../../events/src/connections.js';
import { readOutbox, readPartitions } from '../../../events/src/lag/lag.js';
import type { OutboxLag, PartitionLag } from '../../../events/src/lag/lag.report.js';
import { AppClient } from './app-client.js';
import type { ConsoleRun } from './console-run.js';
import type { EventTools } from './event-tools.js';
import type { Live } from './live.js';

const EVERY_MS = 1_000;
const HEALTH_TIMEOUT_MS = 1_500;

/** What the page shows of the run, each second. */
interface RunState {
  services: { name: string; state: string; pid: number | null }[];
  /** Null: what holds it does not answer. */
  outbox: OutboxLag | null;
  lag: PartitionLag[] | null;
  gateway: unknown;
  auth: unknown;
}

/** Looks at all parts while a page is open. Each part at its own pace: one that does not answer delays no other. */
export class StateWatch {
  private readonly seen: Omit<RunState, 'services'> = { outbox: null, lag: null, gateway: null, auth: null };
  private isStopped = false;

  constructor(
    private readonly run: ConsoleRun,
    private readonly live: Live,
    { env }: EventTools,
  ) {
    const { settings, secrets } = run;
    const health = (port: number) => healthOf(new AppClient(`http://localhost:${port}`, secrets.apiToken));
    void this.keep('outbox', () => onDatabase(env.gatewayDatabaseUrl, readOutbox));
    void this.keep('lag', () => readPartitions(env));
    void this.keep('gateway', () => health(settings.gatewayPort));
    void this.keep('auth', () => health(settings.authPort));
    void this.sendOn();
  }

  stop(): void {
    this.isStopped = true;
  }

  private async keep<Part extends keyof typeof this.seen>(
    part: Part,
    read: () => Promise<(typeof this.seen)[Part]>,
  ): Promise<void> {
    for (; !this.isStopped; await pause()) if (this.live.isWatched) this.seen[part] = await read().catch(() => null as never);
  }

  private async sendOn(): Promise<void> {
    for (; !this.isStopped; await pause()) this.live.send('state', this.now());
  }

  private now(): RunState {
    const services = this.run.services.map(({ name, state, pid }) => ({ name, state, pid }));
    return { services, ...this.seen };
  }
}

const pause = (): Promise<void> => sleep(EVERY_MS, undefined, { ref: false });

/** Null without an answer. */
async function healthOf(app: AppClient): Promise<unknown> {
  const { status, body } = await app.call('GET', '/health', undefined, HEALTH_TIMEOUT_MS);
  return status === 0 ? null : body;
}
