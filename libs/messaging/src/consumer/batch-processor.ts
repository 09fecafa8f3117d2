import type { KafkaMessage } from 'kafkajs';
import { HandlerTimeout } from './consume-failure.js';
import type { RecordPlace } from './dead-letters.js';
import { attemptRecord, type AttemptParts, type Assignment, type Outcome } from './record-attempts.js';

/** Records that one transaction takes at most. */
export const BATCH_RECORDS = 500;

/** Takes a partition's records to their handlers, many at once; after a failure one by one, so that one record alone can fail. */
export class BatchProcessor {
  constructor(private readonly parts: AttemptParts) {}

  async process(records: readonly KafkaMessage[], place: RecordPlace, hold: Assignment): Promise<Outcome> {
    for (let start = 0; start < records.length; start += BATCH_RECORDS) {
      if (!hold.isHeld()) return 'released';
      const outcome = await this.batch(records.slice(start, start + BATCH_RECORDS), place, hold);
      if (outcome !== 'done') return outcome;
      await hold.heartbeat();
    }
    return 'done';
  }

  private async batch(records: readonly KafkaMessage[], place: RecordPlace, hold: Assignment): Promise<Outcome> {
    try {
      await this.parts.delivery.deliver(records, place);
      hold.resolve(records.at(-1)!);
      return 'done';
    } catch (error) {
      if (error instanceof HandlerTimeout) return 'hanging';
      return this.oneByOne(records, place, hold);
    }
  }

  private async oneByOne(records: readonly KafkaMessage[], place: RecordPlace, hold: Assignment): Promise<Outcome> {
    for (const record of records) {
      const outcome = await attemptRecord(record, place, hold, this.parts);
      if (outcome !== 'done') return outcome;
      hold.resolve(record);
    }
    return 'done';
  }
}
