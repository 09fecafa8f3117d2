import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer } from 'kafkajs';
import { partitionName } from './consumer-state.js';
import type { BatchPosition } from './event-batch.js';

/** Least pause between two commits: one for each batch costs the broker more than the batch's fetch. */
const PAUSE_MS = 500;

/** Commits offsets to Kafka for its lag tools. No code here reads them back, so a failure has no effect. */
export class GroupOffsets {
  private readonly pending = new Map<string, BatchPosition>();
  private readonly ending = new AbortController();
  private flushing: Promise<void> | undefined;

  constructor(private readonly consumer: Consumer) {}

  /** Sends one request at a time; offsets noted during a request or the pause after it go with the next one. */
  note(position: BatchPosition): void {
    this.pending.set(partitionName(position), position);
    this.flushing ??= this.flush().finally(() => (this.flushing = undefined));
  }

  /** Commits what is pending without a pause. */
  async settled(): Promise<void> {
    this.ending.abort();
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
      await delay(PAUSE_MS, undefined, { signal: this.ending.signal }).catch(() => undefined);
    }
  }
}
