import { isDatabaseAway } from '#app/postgres';
import { TimedOut, type Deadline } from '../../wire/deadline.js';
import { isLockedElsewhere } from '../../writes/write-waits.js';
import { Gathering } from './gathering.js';
import type { Route } from './contact-job.js';

/**
 * Most writes per transaction, and most transactions at once. Where at least `half` wait, a batch takes half of them, so that the gateway
 * decides one batch while the database writes the other. While a batch that is not slow runs, a second one begins only with so many
 * writes: small parallel batches cost more than one large batch.
 */
const LIMITS = { batch: 64, inFlight: 4, half: 16 } as const;
/** A batch that takes longer waits for something, for example a claim on an email: other batches begin while it runs. */
const SLOW_MS = 20;
/** How long the batcher skips a subject that another transaction has locked, in milliseconds. */
const LOCKED_PAUSE_MS = 10;

interface Job {
  deadline: Deadline;
}

/** The outcome of a job in a batch. */
export type Outcome<Result> = { result: Result } | { error: unknown } | { route: Route };

/** The batcher's answer: a result, or that another route must run the job. */
type Submitted<Result> = { result: Result } | { route: 'alone' };

interface Waiting<J, Result> {
  job: J;
  resolve: (submitted: Submitted<Result>) => void;
  reject: (error: unknown) => void;
}

/** A batch that runs. One that is slow counts for no limit but the last. */
interface Running {
  jobs: number;
  phase: 'begun' | 'committing' | 'slow';
}

/**
 * Runs concurrent jobs in shared transactions. While some run the next batch forms; an idle service does not wait. A subject is in one batch at a time, its jobs in the order of arrival.
 */
export class WriteBatcher<J extends Job, Result> {
  private queue: Waiting<J, Result>[] = [];
  /** Subjects that are in a batch, or that another transaction has just locked. */
  private readonly busy = new Set<unknown>();
  private readonly running = new Set<Running>();
  private readonly gathering = new Gathering(() => this.launch());
  private isLaunching = false;

  /**
   * @param run runs all jobs in one transaction; if one job's error fails the whole, each job runs again alone. It calls `commits` when
   * only the commit is left to wait for.
   * @param subjectsOf what only one batch at a time can have
   */
  constructor(
    private readonly run: (jobs: J[], commits: () => void) => Promise<Outcome<Result>[]>,
    private readonly subjectsOf: (job: J) => readonly unknown[],
  ) {}

  /**
   * Runs a job in the next batch in which its subjects are free.
   * @throws {TimedOut} if it is in none when its deadline is over; its caller does not wait so long
   */
  submit(job: J): Promise<Submitted<Result>> {
    return new Promise<Submitted<Result>>((resolve, reject) => {
      this.queue.push({ job, resolve, reject });
      this.launchSoon();
    });
  }

  /** Writes of the same turn of the event loop share a batch. */
  private launchSoon(): void {
    if (this.isLaunching || !this.mayLaunch()) return;
    this.isLaunching = true;
    setImmediate(() => {
      this.isLaunching = false;
      this.launch();
    });
  }

  private launch(): void {
    if (!this.mayLaunch() || this.gathering.isExpectingMore(this.queue.length)) return;
    const batch = this.nextBatch();
    if (batch.length === 0) return;
    const running: Running = { jobs: batch.length, phase: 'begun' };
    this.running.add(running);
    const enter = (phase: Running['phase']) => {
      running.phase = phase;
      this.launch();
    };
    const timer = setTimeout(() => enter('slow'), SLOW_MS);
    // The commit is sent first.
    const commits = () => void setImmediate(() => running.phase === 'begun' && enter('committing'));
    void this.serve(batch, commits).then((later) => {
      clearTimeout(timer);
      this.running.delete(running);
      this.gathering.ended(batch.length);
      this.postpone(later);
      const locked = new Set(this.subjectsOfAll(later));
      for (const subject of this.subjectsOfAll(batch)) if (!locked.has(subject)) this.busy.delete(subject);
      this.launch();
    });
  }

  /** While a batch waits for its commit the next one begins, unless that would be a smaller one. */
  private mayLaunch(): boolean {
    if (this.running.size >= LIMITS.inFlight) return false;
    const quick = [...this.running].filter(({ phase }) => phase !== 'slow');
    const [only] = quick;
    if (!only) return true;
    if (quick.length > 1) return false;
    const waiting = this.queue.length;
    return waiting >= LIMITS.half || (only.phase === 'committing' && waiting >= only.jobs);
  }

  private nextBatch(): Waiting<J, Result>[] {
    const batch: Waiting<J, Result>[] = [];
    const later: Waiting<J, Result>[] = [];
    const most = Math.min(LIMITS.batch, Math.max(LIMITS.half, Math.ceil(this.queue.length / 2)));
    for (const entry of this.queue) {
      if (rejectedAsLate(entry)) continue;
      if (batch.length < most && this.subjectsOf(entry.job).every((subject) => !this.busy.has(subject))) batch.push(entry);
      else later.push(entry);
    }
    for (const subject of this.subjectsOfAll(batch)) this.busy.add(subject);
    this.queue = later;
    return batch;
  }

  /** Puts jobs back before those that came after them; their subjects are skipped for a moment. */
  private postpone(later: readonly Waiting<J, Result>[]): void {
    if (later.length === 0) return;
    this.queue.unshift(...later);
    setTimeout(() => {
      for (const subject of this.subjectsOfAll(later)) this.busy.delete(subject);
      this.launch();
    }, LOCKED_PAUSE_MS);
  }

  private subjectsOfAll(entries: readonly Waiting<J, Result>[]): unknown[] {
    return entries.flatMap(({ job }) => this.subjectsOf(job));
  }

  /** @returns the jobs to run again */
  private async serve(batch: Waiting<J, Result>[], commits: () => void): Promise<Waiting<J, Result>[]> {
    try {
      return settle(
        batch,
        await this.run(
          batch.map(({ job }) => job),
          commits,
        ),
      );
    } catch (error) {
      // A commit whose connection broke may have happened: a second run would meet its own change.
      if (batch.length === 1 && isLockedElsewhere(error)) return settle(batch, [{ route: 'alone' }]);
      if (batch.length === 1 || isDatabaseAway(error)) return rejectAll(batch, error);
      // One job's failure, for example a lost claim, rolled back all: each is decided alone.
      const later: Waiting<J, Result>[] = [];
      for (const entry of batch) if (!rejectedAsLate(entry)) later.push(...(await this.serve([entry], () => undefined)));
      return later;
    }
  }
}

function rejectedAsLate({ job, reject }: Pick<Waiting<Job, unknown>, 'job' | 'reject'>): boolean {
  if (!job.deadline.isOver) return false;
  reject(new TimedOut());
  return true;
}

function rejectAll<J, Result>(batch: readonly Waiting<J, Result>[], error: unknown): [] {
  for (const entry of batch) entry.reject(error);
  return [];
}

function settle<J, Result>(batch: readonly Waiting<J, Result>[], outcomes: readonly Outcome<Result>[]): Waiting<J, Result>[] {
  const later: Waiting<J, Result>[] = [];
  batch.forEach((entry, index) => {
    const outcome = outcomes[index]!;
    if ('result' in outcome) entry.resolve(outcome);
    else if ('error' in outcome) entry.reject(outcome.error);
    else if (outcome.route === 'alone') entry.resolve({ route: 'alone' });
    else later.push(entry);
  });
  return later;
}
