import { isDatabaseAway } from '#app/postgres';
import { WRITE_DEADLINE_MS, WriteTimedOut } from '../../writes/write-deadline.js';
import type { Outcome } from '../../writes/writes.js';

/** How many updates share a transaction at most, and how many transactions fly at once. */
const LIMITS = { group: 64, flights: 2 } as const;

interface Waiting<Job, Result> {
  job: Job;
  contactId: number;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
  expired: boolean;
}

/**
 * Runs concurrent jobs in shared transactions. While some fly the next group forms, so there is no timer and an idle
 * service waits for nothing. One contact is in one flight at a time, its updates in the order in which they came.
 */
export class UpdateGroups<Job, Result> {
  private queue: Waiting<Job, Result>[] = [];
  private readonly busy = new Set<number>();
  private flights = 0;

  /** @param run does all jobs in one transaction; where it fails whole by a fault of one job, each is run again alone */
  constructor(private readonly run: (jobs: Job[]) => Promise<Outcome<Result>[]>) {}

  /**
   * Runs a job as part of the next group that its contact is free for.
   * @throws {WriteTimedOut} where it was not done within its deadline
   */
  submit(contactId: number, job: Job): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const timer = setTimeout(() => {
        entry.expired = true;
        reject(new WriteTimedOut());
      }, WRITE_DEADLINE_MS);
      const entry: Waiting<Job, Result> = {
        job,
        contactId,
        resolve: (result) => (clearTimeout(timer), resolve(result)),
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passed on as it came
        reject: (error) => (clearTimeout(timer), reject(error)),
        expired: false,
      };
      this.queue.push(entry);
      if (this.flights < LIMITS.flights) setImmediate(() => this.launch());
    });
  }

  private launch(): void {
    if (this.flights >= LIMITS.flights) return;
    const group = this.nextGroup();
    if (group.length === 0) return;
    this.flights++;
    void this.fly(group).finally(() => {
      this.flights--;
      for (const { contactId } of group) this.busy.delete(contactId);
      this.launch();
    });
  }

  private nextGroup(): Waiting<Job, Result>[] {
    const group: Waiting<Job, Result>[] = [];
    const later: Waiting<Job, Result>[] = [];
    for (const entry of this.queue) {
      if (entry.expired) continue;
      if (group.length < LIMITS.group && !this.busy.has(entry.contactId)) group.push(entry);
      else later.push(entry);
    }
    for (const { contactId } of group) this.busy.add(contactId);
    this.queue = later;
    return group;
  }

  private async fly(group: Waiting<Job, Result>[]): Promise<void> {
    try {
      settle(group, await this.run(group.map(({ job }) => job)));
    } catch (error) {
      // Whether a commit that was cut off was made is not known: run again, a job would meet its own change.
      if (group.length === 1 || isDatabaseAway(error)) return rejectAll(group, error);
      // One job's failure, a lost claim for instance, undid all: each is decided on its own.
      for (const entry of group) if (!entry.expired) await this.fly([entry]);
    }
  }
}

function rejectAll<Job, Result>(group: Waiting<Job, Result>[], error: unknown): void {
  for (const entry of group) entry.reject(error);
}

function settle<Job, Result>(group: Waiting<Job, Result>[], outcomes: Outcome<Result>[]): void {
  group.forEach((entry, index) => {
    const outcome = outcomes[index]!;
    if ('error' in outcome) entry.reject(outcome.error);
    else entry.resolve(outcome.result);
  });
}
