import type { KafkaMessage } from 'kafkajs';
import { runsOf, type AuthenticRun } from './authenticity.js';
import { HandlerTimeout, isRebalance } from './consume-failure.js';
import { hasLostCommits } from './consumer-offsets.js';
import type { TopicPartition } from './dead-letters.js';
import { attemptRecord, type AttemptParts, type Assignment, type Outcome } from './record-attempts.js';

/** Most records of one transaction. */
export const BATCH_RECORDS = 500;

/** Passes a partition's records to their handlers in batches; after a failure one by one, so that only the bad record fails. */
export class BatchProcessor {
  constructor(private readonly parts: AttemptParts) {}

  async process(records: readonly KafkaMessage[], place: TopicPartition, assignment: Assignment): Promise<Outcome> {
    for (let start = 0; start < records.length; start += BATCH_RECORDS) {
      if (!assignment.isAssigned()) return 'released';
      const outcome = await this.batch(records.slice(start, start + BATCH_RECORDS), place, assignment);
      if (outcome !== 'done') return outcome;
      await assignment.heartbeat();
    }
    return 'done';
  }

  private async batch(records: readonly KafkaMessage[], place: TopicPartition, assignment: Assignment): Promise<Outcome> {
    let done = 0;
    try {
      for (const run of await this.runs(records, place, assignment)) {
        const outcome = await this.take(run, place, assignment);
        if (outcome !== 'done') return outcome;
        assignment.resolve(run.records.at(-1)!);
        done += run.records.length;
      }
      return 'done';
    } catch (error) {
      if (isRebalance(error)) throw error;
      if (!assignment.isAssigned()) return 'released';
      if (error instanceof HandlerTimeout) return 'hanging';
      if (hasLostCommits(error)) return 'lost commits';
      return this.oneByOne(records.slice(done), place, assignment);
    }
  }

  private async runs(records: readonly KafkaMessage[], place: TopicPartition, { inTurn }: Assignment): Promise<AuthenticRun[]> {
    const { authenticate } = this.parts;
    return authenticate
      ? runsOf(records, await inTurn(() => authenticate(records, place, false)))
      : [{ records: [...records], skipped: new Set(), isAuthentic: true }];
  }

  private async take(
    { records, skipped, isAuthentic }: AuthenticRun,
    place: TopicPartition,
    assignment: Assignment,
  ): Promise<Outcome> {
    if (!isAuthentic) return this.oneByOne(records, place, assignment);
    await assignment.inTurn(() => this.parts.delivery.deliver(records, place, skipped));
    return 'done';
  }

  private async oneByOne(records: readonly KafkaMessage[], place: TopicPartition, assignment: Assignment): Promise<Outcome> {
    for (const record of records) {
      const outcome = await attemptRecord(record, place, assignment, this.parts);
      if (outcome !== 'done') return outcome;
      assignment.resolve(record);
    }
    return 'done';
  }
}
