interface Timer {
  at: number;
  work: () => unknown;
}

/** A clock that stands still until it is moved. Timers run in the order of their times, at their times. */
export class VirtualTime {
  private readonly timers = new Set<Timer>();

  /** @param now milliseconds since 1970 */
  constructor(private now_ = 0) {}

  /** Milliseconds since 1970. */
  now(): number {
    return this.now_;
  }

  date(): Date {
    return new Date(this.now_);
  }

  /** Runs work once, after so many milliseconds. @returns cancels it */
  after(ms: number, work: () => unknown): () => void {
    const timer = { at: this.now_ + Math.max(0, ms), work };
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  }

  /** Moves the clock, and runs the timers that are due until then. It never goes back. */
  async advanceTo(time: number): Promise<void> {
    for (let next = this.next(time); next; next = this.next(time)) {
      this.timers.delete(next);
      this.now_ = Math.max(this.now_, next.at);
      await next.work();
    }
    this.now_ = Math.max(this.now_, time);
  }

  advanceBy(ms: number): Promise<void> {
    return this.advanceTo(this.now_ + ms);
  }

  private next(until: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.timers) if (timer.at <= until && (!next || timer.at < next.at)) next = timer;
    return next;
  }
}
