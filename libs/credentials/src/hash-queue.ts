import { availableParallelism } from 'node:os';

/** Most hashes that wait for their turn. */
export const MAX_WAITING = 32;
/** Longest wait for a turn, in milliseconds. */
export const LONGEST_WAIT_MS = 5_000;
/** Threads of libuv's pool that hashing leaves to files and name look-ups, which reconnecting to broker and database needs. */
const THREADS_LEFT = 2;

/** Too many hashes wait already, or this one has waited too long; nothing was hashed. */
export class HashQueueFull extends Error {
  override readonly name = 'HashQueueFull';

  constructor() {
    super('Too many passwords wait to be hashed.');
  }
}

/** State of a queue: how many hashes run, and how many wait for their turn. */
export interface HashLoad {
  running: number;
  waiting: number;
}

/** How many hashes may run at once: one per core, minus one for the event loop, and never all threads of libuv's pool. */
export const hashWorkers = (poolThreads: number, cores: number = availableParallelism()): number =>
  Math.max(1, Math.min(cores - 1, poolThreads - THREADS_LEFT));

/** Runs a few hashes at a time and limits how many wait, so that many hashes do not block all other work of the process. */
export class HashQueue {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param workers how many run at once */
  constructor(readonly workers: number) {}

  /**
   * Runs work when its turn comes.
   * @throws {HashQueueFull} before the work has begun
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.turn();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /** @throws {HashQueueFull} where too many wait already, so that the caller can skip the work before it */
  requireRoom(): void {
    if (this.running >= this.workers && this.waiting.length >= MAX_WAITING) throw new HashQueueFull();
  }

  get load(): HashLoad {
    return { running: this.running, waiting: this.waiting.length };
  }

  private async turn(): Promise<void> {
    if (this.running < this.workers) {
      this.running++;
      return;
    }
    this.requireRoom();
    await new Promise<void>((resolve, reject) => {
      const enter = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(enter), 1);
        reject(new HashQueueFull());
      }, LONGEST_WAIT_MS);
      this.waiting.push(enter);
    });
  }

  /** Passes the turn on to the work that has waited longest. */
  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running--;
  }
}
