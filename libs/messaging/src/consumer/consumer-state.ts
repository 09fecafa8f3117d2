/** A partition that goes no further until the set-up is repaired. */
export interface StoppedPartition {
  topic: string;
  partition: number;
  /** Offset of the record that stopped it. */
  offset: number;
  reason: string;
  since: Date;
}

/** What a consumer is doing, for health and metrics. */
export interface ConsumerReport {
  /** `ok`: joined and applying. `degraded`: away from the broker, retrying, or stopped somewhere. */
  status: 'ok' | 'degraded';
  joined: boolean;
  /** Partitions that this process reads, all topics together. */
  partitions: number;
  /** Why the attempt under way is being repeated; absent while all goes well. */
  retrying?: string;
  stopped: StoppedPartition[];
  /** Records since the process began, by what became of them. */
  applied: number;
  skipped: number;
  deadLettered: number;
  /** Of the dead letters, those that are not by whom they claim to be. */
  unauthentic: number;
}

interface Place {
  topic: string;
  partition: number;
}

/** A fetch ends after half a second at most: so long without one, and the broker does not answer. */
const SILENCE_MS = 3_500;
/** So many records in a row that can never be applied are a fault of the set-up. */
const PERMANENT_IN_A_ROW = 20;

/** Name of a partition, for maps. */
export const partitionName = ({ topic, partition }: Place): string => `${topic}/${partition}`;

/** What the parts of a consumer note down about it. */
export class ConsumerState {
  joined = false;
  partitions = 0;
  applied = 0;
  skipped = 0;
  deadLettered = 0;
  unauthentic = 0;
  /** When the consumer last fetched or worked, in milliseconds of the monotonic clock. */
  lastSignOfLife = performance.now();
  private absenceTold = false;
  private readonly stopped = new Map<string, StoppedPartition>();
  private readonly retrying = new Map<string, string>();
  private readonly permanentInARow = new Map<string, number>();
  private readonly judgedBelow = new Map<string, number>();

  alive(): void {
    this.lastSignOfLife = performance.now();
  }

  /** Notes records that are done. @returns whether their partition had stopped before */
  delivered(place: Place, { applied, skipped }: { applied: number; skipped: number }): boolean {
    this.applied += applied;
    this.skipped += skipped;
    const name = partitionName(place);
    this.permanentInARow.delete(name);
    this.retrying.delete(name);
    return this.stopped.delete(name);
  }

  /** Notes that a record is in the dead letters, so that its partition goes on. */
  noteDeadLetter(place: Place): void {
    this.deadLettered++;
    const name = partitionName(place);
    this.stopped.delete(name);
    this.permanentInARow.set(name, (this.permanentInARow.get(name) ?? 0) + 1);
  }

  /** Notes an unauthentic dead letter. It says nothing of the set-up, so it counts towards no stop. */
  noteUnauthentic(place: Place): void {
    this.deadLettered++;
    this.stopped.delete(partitionName(place));
    this.unauthentic++;
  }

  /** Whether one more dead letter of a partition would be one too many to be the records' own fault. */
  isStreak(place: Place, offset: number): boolean {
    const isJudged = offset < (this.judgedBelow.get(partitionName(place)) ?? 0);
    return !isJudged && this.failureStreak(place) + 1 >= PERMANENT_IN_A_ROW;
  }

  /** Notes that records below an offset were judged before: what stopped their partition then was decided. */
  noteJudged(place: Place, below: number): void {
    this.judgedBelow.set(partitionName(place), below);
  }

  /** Goes on with the count of permanent failures in a row that is stored with an offset. */
  countFailuresFrom(place: Place, failures: number): void {
    if (failures > 0) this.permanentInARow.set(partitionName(place), failures);
    else this.permanentInARow.delete(partitionName(place));
  }

  /** Permanent failures in a row, up to where a partition is. */
  failureStreak(place: Place): number {
    return this.permanentInARow.get(partitionName(place)) ?? 0;
  }

  /** Starts the count of permanent failures in a row again: an operator has parked a record. */
  resetFailureStreak(place: Place): void {
    this.permanentInARow.delete(partitionName(place));
  }

  /** Notes that an attempt is repeated. @returns whether it is news */
  retry(place: Place, reason: string): boolean {
    const name = partitionName(place);
    const news = !this.retrying.has(name);
    this.retrying.set(name, reason);
    return news;
  }

  /** Notes that nothing of a partition is being repeated. */
  retryEnded(place: Place): void {
    this.retrying.delete(partitionName(place));
  }

  /** Whether a partition goes no further until the set-up is repaired. */
  isStopped(place: Place): boolean {
    return this.stopped.has(partitionName(place));
  }

  /** Notes a stop. @returns whether it is news */
  stop(stopped: StoppedPartition): boolean {
    const name = partitionName(stopped);
    const former = this.stopped.get(name);
    if (former?.offset === stopped.offset && former.reason === stopped.reason) return false;
    this.stopped.set(name, stopped);
    return true;
  }

  /** Notes that this process reads nothing for now. */
  leave(): void {
    this.joined = false;
    this.partitions = 0;
    this.retrying.clear();
  }

  /** Whether being out of the group has not been told since it was last joined. */
  isNewAbsence(): boolean {
    const isNew = !this.absenceTold;
    this.absenceTold = true;
    return isNew;
  }

  /** Notes which partitions this process reads; a stop elsewhere is its new reader's to report. */
  join(places: readonly Place[]): void {
    this.joined = true;
    this.absenceTold = false;
    this.partitions = places.length;
    const names = new Set(places.map(partitionName));
    for (const name of this.stopped.keys()) if (!names.has(name)) this.stopped.delete(name);
  }

  report(): ConsumerReport {
    const stopped = [...this.stopped.values()];
    const { joined, partitions, applied, skipped, deadLettered, unauthentic } = this;
    const [retrying] = this.retrying.values();
    const silent = performance.now() - this.lastSignOfLife > SILENCE_MS;
    const well = joined && !silent && retrying === undefined && stopped.length === 0;
    return {
      status: well ? 'ok' : 'degraded',
      joined,
      partitions,
      ...(retrying === undefined ? {} : { retrying }),
      stopped,
      applied,
      skipped,
      deadLettered,
      unauthentic,
    };
  }
}
