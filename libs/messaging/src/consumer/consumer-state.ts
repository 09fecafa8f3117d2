import type { ForeignMember } from './foreign-members.js';

/** A partition that is stopped until the set-up is repaired. */
export interface StoppedPartition {
  topic: string;
  partition: number;
  /** Offset of the record that stopped it. */
  offset: number;
  reason: string;
  since: Date;
}

/** A consumer's state, for health and metrics. */
export interface ConsumerReport {
  /** `ok`: joined and applying. `degraded`: without a broker, retrying, stopped in a partition, or not alone in its group. */
  status: 'ok' | 'degraded';
  joined: boolean;
  /** Number of partitions that this process reads, over all topics. */
  partitions: number;
  /** Why the present attempt is repeated; absent where it is not. */
  retrying?: string;
  stopped: StoppedPartition[];
  /** Other programs in the consumer group: records that reach them are not applied. */
  sharedWith: ForeignMember[];
  /** Records since the process began, by outcome. */
  applied: number;
  skipped: number;
  deadLettered: number;
  /** Dead letters that were unauthentic. */
  unauthentic: number;
}

interface Place {
  topic: string;
  partition: number;
}

/** A fetch takes half a second at most: after this long without a fetch, the broker does not answer. */
const SILENCE_MS = 3_500;
/** This many records in a row that can never be applied are a fault of the set-up. */
const PERMANENT_IN_A_ROW = 20;

/** Key of a partition, for maps. */
export const partitionName = ({ topic, partition }: Place): string => `${topic}/${partition}`;

/** Notes of the consumer's parts about its state. */
export class ConsumerState {
  joined = false;
  partitions = 0;
  applied = 0;
  skipped = 0;
  deadLettered = 0;
  unauthentic = 0;
  /** Other programs in the consumer group, as of the last join. */
  sharedWith: ForeignMember[] = [];
  /** When the consumer last fetched or worked, in milliseconds of the monotonic clock. */
  lastSignOfLife = performance.now();
  private absenceReported = false;
  private readonly stopped = new Map<string, StoppedPartition>();
  private readonly retrying = new Map<string, string>();
  private readonly permanentInARow = new Map<string, number>();
  private readonly judgedBelow = new Map<string, number>();
  private readonly held = new Map<string, number>();

  alive(): void {
    this.lastSignOfLife = performance.now();
  }

  /** Notes that records are applied. @returns whether their partition was stopped before */
  delivered(place: Place, { applied, skipped }: { applied: number; skipped: number }): boolean {
    this.applied += applied;
    this.skipped += skipped;
    const name = partitionName(place);
    this.permanentInARow.delete(name);
    this.retrying.delete(name);
    return this.stopped.delete(name);
  }

  /** Notes a dead-lettered record; its partition continues. */
  noteDeadLetter(place: Place): void {
    this.deadLettered++;
    const name = partitionName(place);
    this.stopped.delete(name);
    this.permanentInARow.set(name, (this.permanentInARow.get(name) ?? 0) + 1);
  }

  /** Notes an unauthentic dead letter. It tells nothing about the set-up, so it counts towards no stop. */
  noteUnauthentic(place: Place): void {
    this.deadLettered++;
    this.stopped.delete(partitionName(place));
    this.unauthentic++;
  }

  /** Whether one more dead letter of a partition would mean a fault of the set-up. */
  isStreak(place: Place, offset: number): boolean {
    const isJudged = offset < (this.judgedBelow.get(partitionName(place)) ?? 0);
    return !isJudged && this.failureStreak(place) + 1 >= PERMANENT_IN_A_ROW;
  }

  /** Notes that records below an offset were judged before, so that a stop at one of them is over. */
  noteJudged(place: Place, below: number): void {
    this.judgedBelow.set(partitionName(place), below);
  }

  /** Notes a partition's stored offset, as it was just read or written. */
  noteHeld(place: Place, offset: number): void {
    this.held.set(partitionName(place), offset);
  }

  /** The noted offset of a partition; 0 where none is noted. */
  heldOffset(place: Place): number {
    return this.held.get(partitionName(place)) ?? 0;
  }

  /** Continues the count of permanent failures in a row that is stored with an offset. */
  countFailuresFrom(place: Place, failures: number): void {
    if (failures > 0) this.permanentInARow.set(partitionName(place), failures);
    else this.permanentInARow.delete(partitionName(place));
  }

  /** Permanent failures in a row, up to the partition's present offset. */
  failureStreak(place: Place): number {
    return this.permanentInARow.get(partitionName(place)) ?? 0;
  }

  /** Resets the count of permanent failures in a row: an operator has parked a record. */
  resetFailureStreak(place: Place): void {
    this.permanentInARow.delete(partitionName(place));
  }

  /** Notes that an attempt is repeated. @returns whether that is new */
  retry(place: Place, reason: string): boolean {
    const name = partitionName(place);
    const news = !this.retrying.has(name);
    this.retrying.set(name, reason);
    return news;
  }

  /** Notes that a partition has no attempt under repetition. */
  retryEnded(place: Place): void {
    this.retrying.delete(partitionName(place));
  }

  /** Whether a partition is stopped until the set-up is repaired. */
  isStopped(place: Place): boolean {
    return this.stopped.has(partitionName(place));
  }

  /** Notes a stop. @returns whether it is new */
  stop(stopped: StoppedPartition): boolean {
    const name = partitionName(stopped);
    const former = this.stopped.get(name);
    if (former?.offset === stopped.offset && former.reason === stopped.reason) return false;
    this.stopped.set(name, stopped);
    return true;
  }

  /** Notes that this process reads no partition for now. */
  leave(): void {
    this.joined = false;
    this.partitions = 0;
    this.retrying.clear();
  }

  /** Whether the absence from the group was not reported yet since the last join. */
  isNewAbsence(): boolean {
    const isNew = !this.absenceReported;
    this.absenceReported = true;
    return isNew;
  }

  /** Notes which partitions this process reads. Stops of other partitions are reported by their new reader. */
  join(places: readonly Place[]): void {
    this.joined = true;
    this.absenceReported = false;
    this.partitions = places.length;
    const names = new Set(places.map(partitionName));
    for (const name of this.stopped.keys()) if (!names.has(name)) this.stopped.delete(name);
  }

  report(): ConsumerReport {
    const stopped = [...this.stopped.values()];
    const { joined, partitions, sharedWith, applied, skipped, deadLettered, unauthentic } = this;
    const [retrying] = this.retrying.values();
    const silent = performance.now() - this.lastSignOfLife > SILENCE_MS;
    const well = joined && !silent && retrying === undefined && stopped.length === 0 && sharedWith.length === 0;
    return {
      status: well ? 'ok' : 'degraded',
      joined,
      partitions,
      ...(retrying === undefined ? {} : { retrying }),
      stopped,
      sharedWith,
      applied,
      skipped,
      deadLettered,
      unauthentic,
    };
  }
}
