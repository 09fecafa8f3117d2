import type { Kafka } from 'kafkajs';
import type { BatchPosition } from '../consumer/event-batch.js';
import type { LogPosition } from './log-layout.js';
import { TopicLog, type LogRecord } from './topic-log.js';

/** How far a scan is, in offsets: compaction leaves fewer records than that. */
export interface ScanProgress {
  done: number;
  total: number;
}

export interface TopicScanOptions {
  /** Where to begin, for partitions that are read in part already. */
  from?: readonly BatchPosition[] | undefined;
  onProgress?: ((progress: ScanProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Topics from the first record that they hold on, outside any consumer group: as often as asked, up to what is then their end. */
export class TopicScan {
  private constructor(
    private readonly log: TopicLog,
    private readonly position: LogPosition,
    private readonly options: TopicScanOptions,
  ) {}

  /** @throws {Error} where the cluster does not answer or a topic is not there */
  static async open(kafka: Kafka, topics: readonly string[], options: TopicScanOptions = {}): Promise<TopicScan> {
    const log = await TopicLog.open(kafka, topics);
    try {
      const position = await log.starts();
      for (const { topic, partition, nextOffset } of options.from ?? []) {
        const slot = log.layout.slotOf(topic, partition);
        position[slot] = Math.max(position[slot]!, nextOffset);
      }
      return new TopicScan(log, position, options);
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  /** Hands over what there is up to the present end; those of one partition come in their order, one call after another. */
  async toEnd(take: (slot: number, records: LogRecord[]) => Promise<void>): Promise<void> {
    const ends = await this.log.ends();
    const begin = sum(this.position);
    const total = Math.max(0, sum(ends) - begin);
    while (this.position.some((offset, slot) => offset < ends[slot]!)) {
      this.options.signal?.throwIfAborted();
      const chunks = await this.log.fetchNow(this.position);
      await Promise.all(
        chunks.map(async ({ slot, records, next }) => {
          if (records.length > 0) await take(slot, records);
          this.position[slot] = next;
        }),
      );
      this.options.onProgress?.({ done: Math.min(sum(this.position) - begin, total), total });
    }
  }

  /** Number of the partition that a slot stands for, within its topic. */
  partitionOf(slot: number): number {
    return slot - this.log.layout.slotsOf(this.log.layout.topicOf(slot))[0]!;
  }

  async close(): Promise<void> {
    await this.log.close();
  }
}

const sum = (position: Readonly<LogPosition>): number => position.reduce((total, offset) => total + offset, 0);
