import type { ChildExit, RunningChild } from '#app/system';
import { seconds, type Screen } from './screen.js';

const FIRST_BACKOFF_MS = 500;
const LAST_BACKOFF_MS = 30_000;
/** After a child has lived this long, the next backoff is short again. */
const WELL_AFTER_MS = 60_000;

/** A program to keep running. */
export interface Service {
  name: string;
  start: () => Promise<RunningChild>;
}

/** Restarts programs that end by themselves, with a line on the screen. */
export class Supervisor {
  private stopping = false;

  constructor(
    private readonly screen: Screen,
    private readonly firstBackoffMs = FIRST_BACKOFF_MS,
  ) {}

  /** Restarts programs until `stop`; one that has ended already starts at once. */
  keep(service: Service, child: RunningChild): void {
    void this.watch(service, child);
  }

  /** Ends restarting. */
  stop(): void {
    this.stopping = true;
  }

  private async watch(service: Service, first: RunningChild): Promise<void> {
    let backoffMs = this.firstBackoffMs;
    for (let child: RunningChild | null = first; !this.stopping;) {
      const began = performance.now();
      const end = child ? howItEnded(await child.exited) : 'did not start';
      if (this.stopping) return;
      if (performance.now() - began > WELL_AFTER_MS) backoffMs = this.firstBackoffMs;
      this.screen.event(`${service.name} ${end}; starting it again in ${seconds(backoffMs)}`);
      await new Promise<void>((resolve) => void setTimeout(resolve, backoffMs));
      backoffMs = Math.min(backoffMs * 2, LAST_BACKOFF_MS);
      child = await this.start(service);
    }
  }

  private async start({ name, start }: Service): Promise<RunningChild | null> {
    if (this.stopping) return null;
    try {
      const child = await start();
      this.screen.event(`${name} is started again`);
      return child;
    } catch (error) {
      if (!this.stopping) this.screen.event((error as Error).message);
      return null;
    }
  }
}

const howItEnded = ({ code, signal }: ChildExit): string =>
  signal ? `was ended by ${signal}` : `ended with code ${code ?? 'unknown'}`;
