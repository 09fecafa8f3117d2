import { signalProcess, type ChildExit, type RunningChild } from '#app/system';
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

/** `stopped`: an operator stopped it; `restarting`: it ended, and is started again. */
export type ServiceState = 'running' | 'frozen' | 'stopping' | 'stopped' | 'restarting';

/** A program that starts again when it ends by itself. An operator can stop, freeze, kill and start it. */
export class KeptService {
  state: ServiceState = 'running';
  private child: RunningChild | null;
  private isWanted = true;
  private isClosed = false;
  /** Ends the current wait: for the backoff, or for an operator. */
  private wake = (): void => undefined;

  constructor(
    private readonly service: Service,
    child: RunningChild,
    private readonly screen: Screen,
  ) {
    this.child = child;
  }

  get name(): string {
    return this.service.name;
  }

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** Restarts it until `close`. A child that has ended already is restarted too. */
  async watch(): Promise<void> {
    let backoffMs = FIRST_BACKOFF_MS;
    while (!this.isClosed) {
      const began = performance.now();
      const end = this.child ? howItEnded(await this.child.exited) : 'did not start';
      this.child = null;
      if (this.isClosed) return;
      if (performance.now() - began > WELL_AFTER_MS) backoffMs = FIRST_BACKOFF_MS;
      if (this.isWanted) {
        this.state = 'restarting';
        this.screen.event(`${this.name} ${end}; starting it again in ${seconds(backoffMs)}`);
        await this.pause(backoffMs);
        backoffMs = Math.min(backoffMs * 2, LAST_BACKOFF_MS);
      }
      if (!this.isWanted) {
        await this.untilWanted();
        backoffMs = FIRST_BACKOFF_MS;
      }
      await this.start();
    }
  }

  /** Ends restarting; a frozen process goes on, so that it can end. */
  close(): void {
    this.isClosed = true;
    this.thaw();
    this.wake();
  }

  /** Stops it, and leaves it stopped. */
  async stopByOperator(): Promise<void> {
    this.isWanted = false;
    this.wake();
    const { child } = this;
    if (!child) return;
    this.thaw();
    this.state = 'stopping';
    try {
      await child.stop();
    } catch (error) {
      if (this.child === child) this.state = 'running';
      throw error;
    }
  }

  startByOperator(): void {
    this.isWanted = true;
    this.wake();
  }

  /** It stays in memory, and does nothing. */
  freeze(): void {
    if (this.state !== 'running' || !this.child) return;
    signalProcess(this.child.pid, 'SIGSTOP');
    this.state = 'frozen';
  }

  thaw(): void {
    if (this.state !== 'frozen' || !this.child) return;
    signalProcess(this.child.pid, 'SIGCONT');
    this.state = 'running';
  }

  /** Kills it; it starts again, as after a crash. */
  kill(): void {
    if (this.child) signalProcess(this.child.pid, 'SIGKILL');
  }

  private async untilWanted(): Promise<void> {
    this.state = 'stopped';
    this.screen.event(`${this.name} is stopped`);
    while (!this.isWanted && !this.isClosed) await this.pause(null);
  }

  private async start(): Promise<void> {
    if (this.isClosed) return;
    this.state = 'restarting';
    try {
      this.child = await this.service.start();
      this.state = 'running';
      this.screen.event(`${this.name} is started again`);
      // It was stopped while it started.
      if (!this.isWanted) await this.stopByOperator();
    } catch (error) {
      if (!this.isClosed) this.screen.event((error as Error).message);
    }
  }

  /** @param ms null: until it is woken */
  private pause(ms: number | null): Promise<void> {
    return new Promise<void>((resolve) => {
      const timer = ms === null ? undefined : setTimeout(resolve, ms);
      this.wake = () => (clearTimeout(timer), resolve());
    });
  }
}

const howItEnded = ({ code, signal }: ChildExit): string =>
  signal ? `was ended by ${signal}` : `ended with code ${code ?? 'unknown'}`;
