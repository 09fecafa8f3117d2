import { setTimeout as sleep } from 'node:timers/promises';
import { onDatabase } from '../../../events/src/connections.js';
import { readOutbox, readPartitions } from '../../../events/src/lag/lag.js';
import type { OutboxLag, PartitionLag } from '../../../events/src/lag/lag.report.js';
import { appUrls } from '../app-urls.js';
import { AppClient } from './app-client.js';
import type { ConsoleParts } from './console-parts.js';
import type { ConsoleRun } from './console-run.js';
import type { LoadReport } from './update-load.js';

const EVERY_MS = 1_000;
const SERVICES_MS = 100;
/** So many looks after the last page was closed, the load ends: nobody sees it any more. */
const UNWATCHED = 10;
const HEALTH_TIMEOUT_MS = 1_500;

/** What the page shows of the run, each second. */
interface RunState {
  at: string;
  /** Null: what holds it does not answer. */
  outbox: OutboxLag | null;
  lag: PartitionLag[] | null;
  gateway: unknown;
  auth: unknown;
  load: LoadReport;
}

/** Looks at all parts while a page is open. Each part at its own pace: one that does not answer delays no other. */
export class StateWatch {
  private readonly seen: Pick<RunState, 'outbox' | 'lag' | 'gateway' | 'auth'> = {
    outbox: null,
    lag: null,
    gateway: null,
    auth: null,
  };
  private isStopped = false;

  constructor(
    private readonly run: ConsoleRun,
    private readonly parts: Pick<ConsoleParts, 'live' | 'load' | 'tools'>,
  ) {
    const { settings, secrets } = run;
    const { env } = parts.tools;
    const urls = appUrls(settings);
    const health = (url: string) => healthOf(new AppClient(url, secrets.apiToken));
    void this.keep('outbox', () => onDatabase(env.gatewayDatabaseUrl, readOutbox));
    void this.keep('lag', () => readPartitions(env));
    void this.keep('gateway', () => health(urls.gateway));
    void this.keep('auth', () => health(urls.auth));
    void this.sendOn();
    void this.sendServices();
  }

  stop(): void {
    this.isStopped = true;
  }

  private async keep<Part extends keyof typeof this.seen>(
    part: Part,
    read: () => Promise<(typeof this.seen)[Part]>,
  ): Promise<void> {
    for (; !this.isStopped; await pause())
      if (this.parts.live.isWatched) this.seen[part] = await read().catch(() => null as never);
  }

  private async sendOn(): Promise<void> {
    for (let unwatched = 0; !this.isStopped; await pause()) {
      this.parts.live.send('state', this.now());
      unwatched = this.parts.live.isWatched ? 0 : unwatched + 1;
      if (unwatched === UNWATCHED) this.parts.load.stop();
    }
  }

  /** At once: a killed program is back within a second. */
  private async sendServices(): Promise<void> {
    for (let sent = ''; !this.isStopped; await pause(SERVICES_MS)) {
      const services = servicesOf(this.run);
      if (JSON.stringify(services) !== sent) this.parts.live.send('services', services);
      sent = JSON.stringify(services);
    }
  }

  private now(): RunState {
    return { at: new Date().toISOString(), ...this.seen, load: this.parts.load.report };
  }
}

const pause = (ms = EVERY_MS): Promise<void> => sleep(ms, undefined, { ref: false });

/** The programs of the run, for the page. */
export const servicesOf = ({ services }: ConsoleRun) => services.map(({ name, state, pid }) => ({ name, state, pid }));

/** Null without an answer. */
async function healthOf(app: AppClient): Promise<unknown> {
  const { status, body } = await app.call('GET', '/health', undefined, HEALTH_TIMEOUT_MS);
  return status === 0 ? null : body;
}
