/**
 * How long after the first write a batch waits for what part of the last batch's callers to come again. A batch after a smaller one than
 * `from`, or long after the last one, waits for none.
 */
const GATHERING = { ms: 3, part: 0.85, from: 4, lastMs: 50 } as const;

/**
 * Makes batches larger under load: callers that were just answered often send their next write at once, and a batch that begins with
 * the first of these costs as much as one with all of them. A write that comes alone never waits.
 */
export class Gathering {
  private last = { jobs: 0, endedAt: 0 };
  private beganAt: number | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** @param launch called when the time to wait is over */
  constructor(private readonly launch: () => void) {}

  /** A batch was answered. */
  ended(jobs: number): void {
    this.last = { jobs, endedAt: performance.now() };
    this.beganAt = undefined;
  }

  /** Whether more writes are about to come; then `launch` is called in a moment. */
  isExpectingMore(waiting: number): boolean {
    if (waiting === 0) return false;
    const leftMs = this.leftMs(waiting);
    if (leftMs > 0) {
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        this.launch();
      }, leftMs);
      return true;
    }
    clearTimeout(this.timer);
    this.timer = undefined;
    return false;
  }

  private leftMs(waiting: number): number {
    const { jobs, endedAt } = this.last;
    const now = performance.now();
    if (jobs < GATHERING.from || waiting >= GATHERING.part * jobs || now - endedAt > GATHERING.lastMs) return 0;
    this.beganAt ??= now;
    return this.beganAt + GATHERING.ms - now;
  }
}
