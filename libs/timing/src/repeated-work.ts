/** Work that a process repeats. It resolves to true where there is more to do at once. */
export type Work = () => Promise<boolean | void>;

/** Runs work at an interval, one run at a time. The work handles its own errors; after an error that it throws, the next run follows as usual. */
export class RepeatedWork {
  private timer: NodeJS.Timeout | undefined;
  private run: Promise<void> | undefined;
  private stopped = false;
  private again = false;

  constructor(
    private readonly everyMs: number,
    private readonly work: Work,
  ) {}

  /** Starts the first run at once. */
  start(): void {
    this.timer ??= setInterval(() => this.begin(), this.everyMs).unref();
    this.begin();
  }

  /** Starts a run at once, or after the one under way. */
  wake(): void {
    this.again = true;
    this.begin();
  }

  /** Starts no more runs, and resolves when the run under way has ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.run;
  }

  private begin(): void {
    if (this.stopped) return;
    this.run ??= this.repeat().finally(() => {
      this.run = undefined;
      if (this.again) this.begin();
    });
  }

  private async repeat(): Promise<void> {
    try {
      do this.again = false;
      while (((await this.work()) === true || this.again) && !this.stopped);
    } catch {
      // The next run tries again.
    }
  }
}
