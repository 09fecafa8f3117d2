import { withinDeadline } from '#app/timing';
import { WRITE_DEADLINE_MS, WriteTimedOut } from './write-deadline.js';

/** The one deadline of a write, from the moment of acceptance. */
export class Deadline {
  private readonly endsAt: number;

  constructor(ms = WRITE_DEADLINE_MS) {
    this.endsAt = performance.now() + ms;
  }

  get remainingMs(): number {
    return this.endsAt - performance.now();
  }

  get isOver(): boolean {
    return this.remainingMs <= 0;
  }

  /** @throws {WriteTimedOut} */
  assertNotOver(): void {
    if (this.isOver) throw new WriteTimedOut();
  }

  /**
   * The same promise, or an error at the deadline. Trap: the work itself goes on.
   * @throws {WriteTimedOut}
   */
  bound<T>(work: Promise<T>): Promise<T> {
    return withinDeadline(work, Math.max(0, this.remainingMs), () => new WriteTimedOut());
  }
}
