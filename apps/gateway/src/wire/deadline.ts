import { CodedError } from './coded.error.js';

/** How long a request may take, from its acceptance over all that it waits for: its caller gets an answer within two seconds. */
const REQUEST_DEADLINE_MS = 1_900;

/** How long all items of a batch may take; each has the usual deadline besides. */
export const BATCH_DEADLINE_MS = 30_000;

/** How late the end of a deadline is noticed at most. */
const LOOK_EVERY_MS = 20;

/** The request was not served within its deadline; a write may have happened or not. */
export class TimedOut extends CodedError {
  constructor() {
    super('timed_out');
  }
}

/** The one deadline of a request, from the moment of acceptance. */
export class Deadline {
  private endsAt: number;
  private pausedAt: number | undefined;

  constructor(ms = REQUEST_DEADLINE_MS) {
    this.endsAt = performance.now() + ms;
  }

  get remainingMs(): number {
    return this.endsAt + this.pauseLength - performance.now();
  }

  get isOver(): boolean {
    return this.remainingMs <= 0;
  }

  /** From now on time does not count, until `resume`: a body's arrival and a password's hash have limits of their own. */
  pause(): void {
    this.pausedAt ??= performance.now();
  }

  resume(): void {
    this.endsAt += this.pauseLength;
    this.pausedAt = undefined;
  }

  /** @throws {TimedOut} */
  assertNotOver(): void {
    if (this.isOver) throw new TimedOut();
  }

  /**
   * The same promise, or an error at the deadline. Trap: the work itself goes on.
   * @throws {TimedOut}
   */
  bound<T>(work: Promise<T>): Promise<T> {
    const bounded = new Promise<T>((resolve, reject) => {
      const end = watch(this, () => reject(new TimedOut()));
      work.then(
        (value) => (end(), resolve(value)),
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passed on as it came
        (error) => (end(), reject(error)),
      );
    });
    // Its caller can have given up before: a late error that is not awaited does not end the process.
    bounded.catch(() => undefined);
    return bounded;
  }

  private get pauseLength(): number {
    return this.pausedAt === undefined ? 0 : performance.now() - this.pausedAt;
  }
}

/** Deadlines are watched in a ring of their own, since a `Set` whose objects come and go can keep them (docs/performance.md). */
interface Watched {
  deadline: Deadline;
  end: () => void;
  before: Watched;
  after: Watched;
}

const ring = { before: undefined as unknown, after: undefined as unknown } as Watched;
ring.before = ring.after = ring;
let timer: NodeJS.Timeout | undefined;

/**
 * Calls `end` when a deadline is over. One timer looks at all that are watched: one for each costs 0.3 µs to set and clear.
 * @returns ends the watching
 */
function watch(deadline: Deadline, end: () => void): () => void {
  const entry: Watched = { deadline, end, before: ring.before, after: ring };
  ring.before = ring.before.after = entry;
  timer ??= setInterval(endThoseOver, LOOK_EVERY_MS);
  return () => remove(entry);
}

/** Takes an entry out once; it points to no other from then on. */
function remove(entry: Watched): void {
  entry.before.after = entry.after;
  entry.after.before = entry.before;
  entry.before = entry.after = entry;
}

function endThoseOver(): void {
  const over: Watched[] = [];
  for (let entry = ring.after; entry !== ring; entry = entry.after) if (entry.deadline.isOver) over.push(entry);
  for (const entry of over) {
    remove(entry);
    entry.end();
  }
  if (ring.after !== ring) return;
  clearInterval(timer);
  timer = undefined;
}
