import type { Kafka } from 'kafkajs';
import type { BatchPosition } from '../consumer/event-batch.js';
import type { LogPosition } from './log-layout.js';
import { TopicLog, type LogRecord } from './topic-log.js';

/** How far a scan is, in offsets. After compaction there are fewer records than offsets. */
interface ScanProgress {
  done: number;
  total: number;
}

export interface TopicScanOptions {
  /** Start offsets of partitions that were partly read before. */
  from?: readonly BatchPosition[] | undefined;
  onProgress?: ((progress: ScanProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Reads topics from their first retained record, outside any consumer group. Each call of `toEnd` reads to the then present end. */
export class TopicScan {
  private constructor(
    private readonly log: TopicLog,
    private readonly position: LogPosition,
    private readonly options: TopicScanOptions,
  ) {}

  /** @throws {Error} where the cluster does not answer or a topic is missing */
  static async open(kafka: Kafka, topics: readonly string[], options: TopicScanOptions = {}): Promise<TopicScan> {
    const log = await TopicLog.open(kafka, topics);
    try {
      const position = await log.starts();
      for (const { topic, partition, nextOffset } of options.from ?? []) {
        const partitionIndex = log.layout.partitionIndexOf(topic, partition);
        position[partitionIndex] = Math.max(position[partitionIndex]!, nextOffset);
      }
      return new TopicScan(log, position, options);
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  /** Passes on all records up to the present end. Records of one partition come in order, one call after another. */
  async toEnd(take: (partitionIndex: number, records: LogRecord[]) => Promise<void>): Promise<void> {
    const ends = await this.log.ends();
    const begin = sum(this.position);
    const total = Math.max(0, sum(ends) - begin);
    while (this.position.some((offset, partitionIndex) => offset < ends[partitionIndex]!)) {
      this.options.signal?.throwIfAborted();
      const chunks = await this.log.fetchNow(this.position);
      await Promise.all(
        chunks.map(async ({ partitionIndex, records, next }) => {
          if (records.length > 0) await take(partitionIndex, records);
          this.position[partitionIndex] = next;
        }),
      );
      this.options.onProgress?.({ done: Math.min(sum(this.position) - begin, total), total });
    }
  }

  /** Partitions of the first topic. */
  get partitions(): number {
    return this.log.layout.partitions[0]!;
  }

  /** The number of a partition within its topic. */
  partitionOf(partitionIndex: number): number {
    return partitionIndex - this.log.layout.partitionIndexesOf(this.log.layout.topicOf(partitionIndex))[0]!;
  }

  async close(): Promise<void> {
    await this.log.close();
  }
}

const sum = (position: Readonly<LogPosition>): number => position.reduce((total, offset) => total + offset, 0);
