import type { Consumer } from 'kafkajs';
import { partitionName } from './consumer-state.js';
import type { BatchPosition } from './event-batch.js';

/** Tells Kafka how far the group is, for its lag tools: nothing here reads it back, so a failure is of no weight. */
export class GroupOffsets {
  private readonly pending = new Map<string, BatchPosition>();
  private flushing: Promise<void> | undefined;

  constructor(private readonly consumer: Consumer) {}

  /** One request at a time; what is noted meanwhile goes with the next. */
  note(position: BatchPosition): void {
    this.pending.set(partitionName(position), position);
    this.flushing ??= this.flush().finally(() => (this.flushing = undefined));
  }

  async settled(): Promise<void> {
    await this.flushing;
  }

  private async flush(): Promise<void> {
    while (this.pending.size > 0) {
      const offsets = [...this.pending.values()].map(({ topic, partition, nextOffset }) => ({
        topic,
        partition,
        offset: String(nextOffset),
      }));
      this.pending.clear();
      await this.consumer.commitOffsets(offsets).catch(() => undefined);
    }
  }
}
