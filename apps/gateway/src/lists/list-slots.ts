import { isDatabaseAway } from '#app/postgres';
import { CodedError } from '../wire/coded.error.js';

/** Most lists at once. */
interface ListLimits {
  /** Of one family of tokens. */
  perFamily: number;
  perProcess: number;
}

/** Most waiting lists of one family. */
const MAX_WAITING = 16;
/** How long one may wait. */
const MAX_WAIT_MS = 2_000;

interface Waiting {
  familyId: string;
  /** Whether nobody reads the answer any more. */
  isGone: () => boolean;
  begin: () => void;
  fail: (error: unknown) => void;
}

/** Limits simultaneous lists, so that they cost other requests little. Further ones wait briefly, in order. */
export class ListSlots {
  private readonly running = new Map<string, number>();
  private readonly waiting: Waiting[] = [];
  private total = 0;

  constructor(private readonly limits: ListLimits) {}

  /**
   * @param isGone whether the caller is gone: then its list, if it still waits, never begins
   * @throws {CodedError} `too_many_lists` if the family has too many, `lists_full` if the process has
   */
  async run<T>(familyId: string, work: () => Promise<T>, isGone = () => false): Promise<T> {
    await this.enter(familyId, isGone);
    try {
      return await work();
    } catch (error) {
      // Those that wait would find the same, each after another time limit of a connection.
      if (isDatabaseAway(error)) for (const { fail } of this.waiting.splice(0)) fail(error);
      throw error;
    } finally {
      this.leave(familyId);
    }
  }

  private enter(familyId: string, isGone: () => boolean): Promise<void> {
    if (this.hasRoom(familyId)) return Promise.resolve(this.take(familyId));
    this.dropGone();
    if (this.waiting.filter((each) => each.familyId === familyId).length >= MAX_WAITING) throw this.errorOf(familyId);
    return new Promise((resolve, reject) => {
      const entry: Waiting = {
        familyId,
        isGone,
        begin: () => (clearTimeout(late), resolve()),
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passed on as it came
        fail: (error) => (clearTimeout(late), reject(error)),
      };
      const late = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        reject(this.errorOf(familyId));
      }, MAX_WAIT_MS);
      this.waiting.push(entry);
    });
  }

  private leave(familyId: string): void {
    this.total--;
    const left = this.running.get(familyId)! - 1;
    if (left === 0) this.running.delete(familyId);
    else this.running.set(familyId, left);
    this.dropGone();
    const next = this.waiting.findIndex((each) => this.hasRoom(each.familyId));
    if (next === -1) return;
    const [entry] = this.waiting.splice(next, 1);
    this.take(entry!.familyId);
    entry!.begin();
  }

  /** A search that is typed ends the one before it at each letter. */
  private dropGone(): void {
    for (const entry of this.waiting.filter(({ isGone }) => isGone())) {
      this.waiting.splice(this.waiting.indexOf(entry), 1);
      entry.fail(this.errorOf(entry.familyId));
    }
  }

  private take(familyId: string): void {
    this.total++;
    this.running.set(familyId, (this.running.get(familyId) ?? 0) + 1);
  }

  private hasRoom = (familyId: string): boolean =>
    this.total < this.limits.perProcess && (this.running.get(familyId) ?? 0) < this.limits.perFamily;

  private errorOf = (familyId: string): CodedError =>
    new CodedError((this.running.get(familyId) ?? 0) >= this.limits.perFamily ? 'too_many_lists' : 'lists_full');
}
