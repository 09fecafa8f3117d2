import type { RunningChild } from '../processes/child.js';

/** A server that can be stopped, killed, and started again on its data. */
export class Restartable<Running extends RunningChild> {
  private running: Running | undefined;

  constructor(private readonly startChild: () => Promise<Running>) {}

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  get pid(): number | undefined {
    return this.running?.pid;
  }

  async start(): Promise<Running> {
    this.running = await this.startChild();
    return this.running;
  }

  /** Sends the signal and waits for the end. To PostgreSQL, SIGINT is a fast shutdown and SIGQUIT an immediate one, as a crash. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    const { running } = this;
    if (!running) return;
    this.running = undefined;
    process.kill(running.pid, signal);
    await running.exited;
  }
}
