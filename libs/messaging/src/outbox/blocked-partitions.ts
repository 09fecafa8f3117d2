import { backOffMs } from '#app/timing';
import type { ChooseRows, PendingRow, WaitingRow } from './pending-rows.js';

const RETRY = { firstMs: 100, longestMs: 5_000 } as const;

/** A partition, or a whole topic. */
export interface PartitionName {
  topic: string;
  /** Null for the topic as a whole. */
  partition: number | null;
}

/** A partition, or a whole topic, whose last attempt failed. */
export interface PartitionFailure extends PartitionName {
  error: Error;
  /** Rows that wait for the partition. */
  rows: readonly PendingRow[];
}

/** A blocked partition, for health. */
export interface BlockedPartition extends PartitionName {
  reason: string;
  since: Date;
}

interface Blocked extends BlockedPartition {
  failures: number;
  /** Milliseconds of the monotonic clock. */
  retryAt: number;
  blockedAt: number;
  /** All rows that wait for it, and all that are still committed, are above this id. */
  above: number;
}

/** Undefined where the topic is not known yet. */
type PartitionOf = (row: WaitingRow) => number | undefined;

/** Blocked partitions whose next attempt is due. */
export interface DuePartitions {
  /** All of their rows are above this id. */
  above: number;
  rowsOf: ChooseRows;
}

const nameOf = (topic: string, partition: number | null): string => `${topic}/${partition ?? '*'}`;
const isAmong = (names: ReadonlySet<string>, row: WaitingRow, partitionOf: PartitionOf): boolean =>
  names.has(nameOf(row.topic, null)) || names.has(nameOf(row.topic, partitionOf(row) ?? null));

/** Partitions that accept no records for now. Their rows are left out of the passes and tried separately. */
export class BlockedPartitions {
  private readonly blocked = new Map<string, Blocked>();

  get size(): number {
    return this.blocked.size;
  }

  /**
   * Notes a failed attempt.
   * @param above all rows of the partition are above this id
   * @returns whether the partition is newly blocked
   */
  note({ topic, partition, error }: PartitionFailure, above: number): boolean {
    const name = nameOf(topic, partition);
    const former = this.blocked.get(name);
    const failures = (former?.failures ?? 0) + 1;
    const now = performance.now();
    this.blocked.set(name, {
      topic,
      partition,
      failures,
      reason: reasonOf(error),
      since: former?.since ?? new Date(),
      blockedAt: former?.blockedAt ?? now,
      retryAt: now + backOffMs(failures, RETRY),
      above: former?.above ?? Math.min(above, ...this.ofTopic(topic).map((each) => each.above)),
    });
    return former === undefined;
  }

  /** Notes that a partition accepts records again. @returns whether it was blocked */
  clear(topic: string, partition: number | null): boolean {
    return this.blocked.delete(nameOf(topic, partition));
  }

  clearAll(): void {
    this.blocked.clear();
  }

  /**
   * Leaves out the rows of the partitions that are blocked now. One that is free a moment later stays left out: of a key, no later row may
   * come before an earlier one that was left out.
   */
  leavingOut(partitionOf: PartitionOf): ChooseRows {
    const names = new Set(this.blocked.keys());
    return names.size === 0 ? (rows) => [...rows] : (rows) => rows.filter((row) => !isAmong(names, row, partitionOf));
  }

  /** Undefined where no attempt is due. */
  due(partitionOf: PartitionOf): DuePartitions | undefined {
    const due = this.dueOnes;
    if (due.length === 0) return undefined;
    const names = new Set(due.map(({ topic, partition }) => nameOf(topic, partition)));
    return {
      above: Math.min(...due.map((each) => each.above)),
      rowsOf: (rows) => rows.filter((row) => isAmong(names, row, partitionOf)),
    };
  }

  /** Rows of a topic can be those of its partitions that were blocked before, and the other way round. */
  private ofTopic(topic: string): Blocked[] {
    return [...this.blocked.values()].filter((each) => each.topic === topic);
  }

  private get dueOnes(): Blocked[] {
    const now = performance.now();
    return [...this.blocked.values()].filter(({ retryAt }) => retryAt <= now);
  }

  /** Notes that no rows wait for the due partitions; they stay counted until the next failure. */
  clearDue(): void {
    for (const { topic, partition } of this.dueOnes) this.clear(topic, partition);
  }

  /** Postpones the due attempts: no broker answered. */
  putOff(due = this.dueOnes): void {
    for (const each of due) each.retryAt = performance.now() + backOffMs(++each.failures, RETRY);
  }

  /** Postpones the due attempts of whole topics: they are known again, but their partitions take nothing. */
  putOffTopics(topics: ReadonlySet<string>): void {
    this.putOff(this.dueOnes.filter(({ topic, partition }) => partition === null && topics.has(topic)));
  }

  /** Milliseconds until the next attempt is due. */
  get dueInMs(): number {
    return Math.min(...[...this.blocked.values()].map(({ retryAt }) => retryAt)) - performance.now();
  }

  /** How long the longest blocked partition is blocked, in milliseconds. */
  get longestMs(): number {
    return performance.now() - Math.min(performance.now(), ...[...this.blocked.values()].map(({ blockedAt }) => blockedAt));
  }

  report(): BlockedPartition[] {
    return [...this.blocked.values()].map(({ topic, partition, reason, since }) => ({ topic, partition, reason, since }));
  }
}

/** The protocol's name of an error, if it has one, and its message. */
export function reasonOf(error: Error): string {
  const { type } = error as { type?: unknown };
  return (typeof type === 'string' ? `${type}: ${error.message}` : error.message).slice(0, 300);
}

/** Whether the broker refused the records for good: an error of the protocol that an equal attempt cannot mend. */
export const isRefusal = (error: Error): boolean => (error as { retriable?: unknown }).retriable === false;
