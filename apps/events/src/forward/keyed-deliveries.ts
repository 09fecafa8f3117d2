import { Turns } from '#app/timing';

/** Work on one key, one after the other; false ends the work on this key. */
type Work = () => Promise<boolean>;

/** Most requests at once, and most works that wait in memory. */
const LIMITS = { atOnce: 32, waiting: 10_000 } as const;

/** Runs works of one key in order, and works of different keys side by side. */
export class KeyedDeliveries {
  /** Keys on which the work has ended too early. */
  readonly givenUp = new Set<string>();
  private readonly queues = new Map<string, Work[]>();
  private waiting = 0;
  private changed = Promise.withResolvers<void>();
  /** Runs a request when there is a place for it. */
  readonly inTurn: Turns['run'];

  constructor(private readonly limits: { atOnce: number; waiting: number } = LIMITS) {
    this.inTurn = new Turns(limits.atOnce).run;
  }

  /** Takes a work; waits while too many wait. */
  async add(key: string, work: Work): Promise<void> {
    while (this.waiting >= this.limits.waiting) await this.changed.promise;
    this.waiting++;
    const queue = this.queues.get(key);
    if (queue) return void queue.push(work);
    const started = [work];
    this.queues.set(key, started);
    void this.drain(key, started);
  }

  /** Resolves when no work is left. */
  async idle(): Promise<void> {
    while (this.waiting > 0) await this.changed.promise;
  }

  private async drain(key: string, queue: Work[]): Promise<void> {
    for (let work = queue[0]; work; work = queue[0]) {
      if (!this.givenUp.has(key) && !(await work())) this.givenUp.add(key);
      queue.shift();
      this.waiting--;
      this.changed.resolve();
      this.changed = Promise.withResolvers<void>();
    }
    this.queues.delete(key);
  }
}
