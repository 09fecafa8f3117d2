import type { KafkaMessage } from 'kafkajs';
import { runsOf, wholeRun, type AuthenticRun } from './authenticity.js';
import { HandlerTimeout, isRebalance } from './consume-failure.js';
import { hasLostCommits } from './consumer-offsets.js';
import type { Letter, TopicPartition } from './dead-letters.js';
import { attemptRecord, keepLetters, passLetter, type AttemptParts, type Assignment, type Outcome } from './record-attempts.js';

/** Most records of one transaction. */
const BATCH_RECORDS = 500;

/**
 * Passes a partition's records to their handlers in batches; after a failure one by one, so that only the bad record fails.
 * Unauthentic records are dead-lettered together: there can be a flood of them.
 */
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
      for (const run of await this.runs(records, place, assignment, { isThorough: false })) {
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
      return this.apart(records.slice(done), place, assignment);
    }
  }

  private async runs(
    records: readonly KafkaMessage[],
    place: TopicPartition,
    { inTurn }: Assignment,
    { isThorough }: { isThorough: boolean },
  ): Promise<AuthenticRun[]> {
    const { authenticate } = this.parts;
    return authenticate ? runsOf(records, await inTurn(() => authenticate(records, place, isThorough))) : [wholeRun(records)];
  }

  private async take(run: AuthenticRun, place: TopicPartition, assignment: Assignment): Promise<Outcome> {
    if (run.unauthentic) return this.putAside(run, place, assignment);
    await assignment.inTurn(() => this.parts.delivery.deliver(run.records, place, run.skipped));
    return 'done';
  }

  private async apart(records: readonly KafkaMessage[], place: TopicPartition, assignment: Assignment): Promise<Outcome> {
    // What fails here fails again for the first record, and is judged there.
    const runs = await this.runs(records, place, assignment, { isThorough: true }).catch(() => [wholeRun(records)]);
    for (const run of runs) {
      const outcome = await (run.unauthentic
        ? this.putAside(run, place, assignment)
        : this.oneByOne(run.records, place, assignment));
      if (outcome !== 'done') return outcome;
    }
    return 'done';
  }

  /**
   * Dead-letters unauthentic records by one send. After a failure, and while their partition is stopped, one by one: those behind a
   * letter that cannot be written are not written again with each attempt.
   */
  private async putAside(
    { records, unauthentic = [] }: AuthenticRun,
    place: TopicPartition,
    assignment: Assignment,
  ): Promise<Outcome> {
    const letters = records.map((record, index) => ({ record, reason: unauthentic[index]! }));
    const mayKeep = letters.length > 1 && assignment.isAssigned() && !this.parts.state.isStopped(place);
    if (!mayKeep || !(await this.isKept(letters, place))) return this.oneByOne(records, place, assignment);
    const outcome = await passLetter(letters.at(-1)!, place, assignment, this.parts);
    if (outcome === 'done') assignment.resolve(records.at(-1)!);
    return outcome;
  }

  private async isKept(letters: readonly Letter[], place: TopicPartition): Promise<boolean> {
    try {
      await keepLetters(letters, place, this.parts, { areUnauthentic: true });
      return true;
    } catch {
      return false;
    }
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
