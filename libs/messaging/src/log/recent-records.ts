import type { LogPosition } from './log-layout.js';
import type { LogRecord } from './topic-log.js';

/** A record that is read as a feed entry once, at its first use, for all listeners. */
export class FeedRecord<T> {
  private read = false;
  private value: T | undefined;

  constructor(
    readonly record: LogRecord,
    private readonly reader: (record: LogRecord) => T | undefined,
  ) {}

  /** Undefined where the feed skips the record. */
  get entry(): T | undefined {
    if (!this.read) {
      this.value = this.reader(this.record);
      this.read = true;
    }
    return this.value;
  }
}

const MAX_RECORDS = 4_096;
const MAX_BYTES = 8 * 1024 * 1024;

/** The last records of the tail, within bounds. A follower that is not further behind needs no fetch of its own. */
export class RecentRecords<T> {
  private records: FeedRecord<T>[] = [];
  private bytes = 0;
  private readonly from: LogPosition;

  constructor(start: Readonly<LogPosition>) {
    this.from = [...start];
  }

  add(record: FeedRecord<T>): void {
    this.records.push(record);
    this.bytes += sizeOf(record);
    if (this.records.length <= MAX_RECORDS && this.bytes <= MAX_BYTES) return;
    // Drops half at once, because removing one from an array's front costs as much.
    for (const dropped of this.records.splice(0, Math.ceil(this.records.length / 2))) this.forget(dropped);
  }

  /** Whether all records after the position are still there. */
  reaches(position: Readonly<LogPosition>): boolean {
    return this.from.every((offset, partitionIndex) => position[partitionIndex]! >= offset);
  }

  [Symbol.iterator](): Iterator<FeedRecord<T>> {
    return this.records[Symbol.iterator]();
  }

  private forget(dropped: FeedRecord<T>): void {
    this.bytes -= sizeOf(dropped);
    this.from[dropped.record.partitionIndex] = dropped.record.offset + 1;
  }
}

const sizeOf = ({ record }: FeedRecord<unknown>): number => record.value?.length ?? 0;
