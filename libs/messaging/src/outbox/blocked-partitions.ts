import { backOffMs } from '#app/timing';
import type { LeftOut, PendingRow, WaitingRow } from './pending-rows.js';

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
  keys: Set<string>;
}

const nameOf = (topic: string, partition: number | null): string => `${topic}/${partition ?? '*'}`;

/** Partitions that accept no records for now. Their rows are left out of the passes and tried separately. */
export class BlockedPartitions {
  private readonly blocked = new Map<string, Blocked>();

  get size(): number {
    return this.blocked.size;
  }

  /** Notes a failed attempt. @returns whether the partition is newly blocked */
  note({ topic, partition, error, rows }: PartitionFailure): boolean {
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
      keys: former?.keys ?? new Set(),
    });
    this.addKeys(name, rows);
    return former === undefined;
  }

  /** Notes that a partition accepts records again. @returns whether it was blocked */
  clear(topic: string, partition: number | null): boolean {
    return this.blocked.delete(nameOf(topic, partition));
  }

  clearAll(): void {
    this.blocked.clear();
  }

  /** Removes the rows of blocked partitions, and remembers their keys. @param partitionOf undefined where the topic is not known yet */
  withhold(rows: readonly WaitingRow[], partitionOf: (row: WaitingRow) => number | undefined): WaitingRow[] {
    if (this.blocked.size === 0) return [...rows];
    return rows.filter((row) => {
      const name = [nameOf(row.topic, null), nameOf(row.topic, partitionOf(row) ?? null)].find((each) => this.blocked.has(each));
      if (name !== undefined) this.addKeys(name, [row]);
      return name === undefined;
    });
  }

  /** The rows that are left out. */
  get leftOut(): LeftOut {
    return leftOutBy([...this.blocked.values()]);
  }

  /** The rows of blocked partitions whose next attempt is due; undefined where no attempt is due. */
  get due(): LeftOut | undefined {
    const due = this.dueOnes;
    return due.length === 0 ? undefined : leftOutBy(due);
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
  putOff(): void {
    for (const each of this.dueOnes) each.retryAt = performance.now() + backOffMs(++each.failures, RETRY);
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

  private addKeys(name: string, rows: readonly Pick<WaitingRow, 'key'>[]): void {
    for (const { key } of rows) this.blocked.get(name)!.keys.add(key);
  }
}

function leftOutBy(blocked: readonly Blocked[]): LeftOut {
  const pairs = blocked.flatMap(({ topic, partition, keys }) => (partition === null ? [] : [...keys].map((key) => [topic, key])));
  return {
    topics: blocked.filter(({ partition }) => partition === null).map(({ topic }) => topic),
    keys: { topics: pairs.map(([topic]) => topic!), keys: pairs.map(([, key]) => key!) },
  };
}

/** The protocol's name of an error, if it has one, and its message. */
export function reasonOf(error: Error): string {
  const { type } = error as { type?: unknown };
  return (typeof type === 'string' ? `${type}: ${error.message}` : error.message).slice(0, 300);
}

/** Whether the broker refused the records for good: an error of the protocol that an equal attempt cannot mend. */
export const isRefusal = (error: Error): boolean => (error as { retriable?: unknown }).retriable === false;
