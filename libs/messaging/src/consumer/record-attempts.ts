import { setTimeout as delay } from 'node:timers/promises';
import { isDatabaseAway } from '#app/postgres';
import { backOffMs } from '#app/timing';
import type { Logger } from '@nestjs/common';
import type { KafkaMessage } from 'kafkajs';
import type { Authenticate } from './authenticity.js';
import type { BatchDelivery } from './batch-delivery.js';
import { HandlerTimeout, isRebalance, judgeFailure, reasonOf, type FailureJudge } from './consume-failure.js';
import { hasLostCommits } from './consumer-offsets.js';
import type { ConsumerState } from './consumer-state.js';
import type { DeadLetters, Letter, TopicPartition } from './dead-letters.js';
import type { ParkedRecords } from './parked-records.js';

/** How often a defect is tried before its partition stops. */
const DEFECT_ATTEMPTS = 5;
const RETRY = { firstMs: 50, longestMs: 5_000 } as const;
const HEARTBEAT_EVERY_MS = 250;
/** After its database has been away for this long, a member leaves its partitions to others. */
const DATABASE_AWAY_MS = 10_000;
/** How often dead-lettering a record is tried before its partition stops. */
const DEAD_LETTER_ATTEMPTS = 5;

/** A record could not be written to the dead letters. */
class DeadLetterFailed extends Error {
  override readonly name = 'DeadLetterFailed';
}

/** The consumer's assignment of a partition while its records are processed. */
export interface Assignment {
  /** Whether the partition is still assigned to this process, at the same position. */
  isAssigned(): boolean;
  /** @throws only where the member has to join the group again */
  heartbeat(): Promise<void>;
  /** Works with the database in the partition's turn. @throws where the assignment has ended before it */
  inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** Reports that all records up to this one are done; without effect after the assignment has ended. */
  resolve(record: KafkaMessage): void;
}

/** How far the records of a partition were processed. */
export type Outcome = 'done' | 'released' | 'hanging' | 'stopped' | 'no database' | 'lost commits';

/** Why a consumer cannot go on after some outcomes. */
export const LOST: Readonly<Partial<Record<Outcome, string>>> = {
  hanging: 'handler hangs',
  'no database': 'the database does not answer',
  'lost commits': 'the database has lost what was applied',
};

export interface AttemptParts {
  delivery: BatchDelivery;
  deadLetters: Pick<DeadLetters, 'keep'>;
  state: ConsumerState;
  logger: Logger;
  judge?: FailureJudge | undefined;
  /** The app's judgement of who wrote a record; without it every record counts as genuine. */
  authenticate?: Authenticate | undefined;
  parked: Pick<ParkedRecords, 'has'>;
}

/** Tries one record until it is applied, is dead-lettered, or stops its partition. */
export const attemptRecord = (
  record: KafkaMessage,
  place: TopicPartition,
  assignment: Assignment,
  parts: AttemptParts,
): Promise<Outcome> => new RecordAttempts(record, place, assignment, parts).run();

/** Moves the stored offset past the record of an unauthentic letter, which is written, until that succeeds. */
export const passLetter = (
  { record, reason }: Letter,
  place: TopicPartition,
  assignment: Assignment,
  parts: AttemptParts,
): Promise<Outcome> => new RecordAttempts(record, place, assignment, parts, reason).run();

/** Writes dead letters by one send, and counts them. @throws where it is not certain that all are written */
export async function keepLetters(
  letters: readonly Letter[],
  place: TopicPartition,
  { deadLetters, state, logger }: Pick<AttemptParts, 'deadLetters' | 'state' | 'logger'>,
  { areUnauthentic }: { areUnauthentic: boolean },
): Promise<void> {
  await deadLetters.keep(letters, place);
  for (const _ of letters) {
    if (areUnauthentic) state.noteUnauthentic(place);
    else state.noteDeadLetter(place);
  }
  const [first, last] = [letters[0]!, letters.at(-1)!];
  const { offset } = first.record;
  // A flood would write a line for each record; its letters have the offsets.
  const places = letters.length === 1 ? { offset } : { records: letters.length, offset, lastOffset: last.record.offset };
  logger.error({ msg: 'Moved to the dead letters.', ...place, ...places, reason: first.reason });
}

class RecordAttempts {
  private failures = 0;
  private deadLetterFailures = 0;
  private awaySince: number | undefined;
  private defects = 0;
  /** Why the record can never be applied, once that is known. */
  private reason: string | undefined;
  private isDeadLettered: boolean;
  /** Whether the handler can apply no part of the record. */
  private refused: boolean;
  private isUnauthentic: boolean;

  constructor(
    private readonly record: KafkaMessage,
    private readonly place: TopicPartition,
    private readonly assignment: Assignment,
    private readonly parts: AttemptParts,
    writtenReason?: string,
  ) {
    this.reason = writtenReason;
    this.isDeadLettered = this.refused = this.isUnauthentic = writtenReason !== undefined;
  }

  async run(): Promise<Outcome> {
    try {
      return await this.attempts();
    } finally {
      this.parts.state.retryEnded(this.place);
    }
  }

  private async attempts(): Promise<Outcome> {
    while (this.assignment.isAssigned()) {
      try {
        await this.attempt();
        return 'done';
      } catch (error) {
        const outcome = await this.failed(error);
        if (outcome) return outcome;
      }
    }
    return 'released';
  }

  private async attempt(): Promise<void> {
    const { record, place, reason } = this;
    const { delivery } = this.parts;
    if (reason === undefined) return this.authenticateAndDeliver();
    if (!this.isDeadLettered) await this.deadLetter(reason);
    await this.assignment.inTurn(async () => {
      if (this.refused) await delivery.pass({ ...place, nextOffset: Number(record.offset) + 1 });
      else await delivery.salvage(record, place);
      await delivery.storeFailures(place);
    });
  }

  private async authenticateAndDeliver(): Promise<void> {
    const { record, place } = this;
    const { authenticate, delivery } = this.parts;
    const { inTurn } = this.assignment;
    const [authenticity = 'genuine'] = authenticate ? await inTurn(() => authenticate([record], place, true)) : [];
    if (typeof authenticity === 'string')
      return inTurn(() => delivery.deliver([record], place, new Set(authenticity === 'skipped' ? [record] : [])));
    this.isUnauthentic = this.refused = true;
    this.reason = `unauthentic: ${authenticity.unauthentic}`;
    return this.attempt();
  }

  private async deadLetter(reason: string): Promise<void> {
    const { record, place } = this;
    await keepLetters([{ record, reason }], place, this.parts, { areUnauthentic: this.isUnauthentic }).catch((cause: unknown) => {
      throw new DeadLetterFailed('The dead letters do not take the record.', { cause });
    });
    this.isDeadLettered = true;
  }

  /** Decides what follows a failure; undefined means another attempt. */
  private async failed(error: unknown): Promise<Outcome | undefined> {
    if (isRebalance(error)) throw error;
    if (!this.assignment.isAssigned()) return 'released';
    if (error instanceof HandlerTimeout) return 'hanging';
    if (hasLostCommits(error)) return 'lost commits';
    if (error instanceof DeadLetterFailed) return this.deadLetterFailed(error);
    if (this.isDatabaseAwayTooLong(error)) return 'no database';
    const kind = judgeFailure(error, this.parts.judge);
    const reason = reasonOf(error, kind);
    if (kind === 'permanent') return this.permanent(reason);
    if (kind === 'systemic' || (kind === 'defect' && ++this.defects >= DEFECT_ATTEMPTS)) return this.stop(reason, error);
    await this.backOff(reason, error);
    return undefined;
  }

  /** The dead letters' topic is at fault: only this partition waits, and the others of its broker continue. */
  private async deadLetterFailed(error: DeadLetterFailed): Promise<Outcome | undefined> {
    const reason = `${error.message} ${reasonOf(error.cause, 'transient')}`;
    if (++this.deadLetterFailures >= DEAD_LETTER_ATTEMPTS) return this.stopAt(reason, error.cause);
    await this.backOff(reason, error.cause);
    return undefined;
  }

  private isDatabaseAwayTooLong(error: unknown): boolean {
    if (!isDatabaseAway(error)) this.awaySince = undefined;
    else this.awaySince ??= performance.now();
    return this.awaySince !== undefined && performance.now() - this.awaySince > DATABASE_AWAY_MS;
  }

  private permanent(reason: string): Promise<Outcome | undefined> | undefined {
    if (this.reason !== undefined) this.refused = true;
    else if (this.parts.state.isStreak(this.place, Number(this.record.offset))) return this.stop(`One after another: ${reason}`);
    this.reason ??= reason;
    return undefined;
  }

  /** Stops the partition, unless an operator has parked this record. */
  private async stop(reason: string, err?: unknown): Promise<Outcome | undefined> {
    const { state, parked } = this.parts;
    const offset = Number(this.record.offset);
    // Without an answer from the database the record counts as not parked: the partition is tried again anyway.
    if (await this.assignment.inTurn(() => parked.has(this.place, offset)).catch(() => false)) {
      if (this.reason !== undefined) this.refused = true;
      this.reason ??= `Parked by an operator. ${reason}`;
      state.resetFailureStreak(this.place);
      return undefined;
    }
    return this.stopAt(reason, err);
  }

  private stopAt(reason: string, err: unknown): Outcome {
    if (!this.assignment.isAssigned()) return 'released';
    const { state, logger } = this.parts;
    const offset = Number(this.record.offset);
    if (state.stop({ ...this.place, offset, reason, since: new Date() })) {
      logger.error({ msg: 'Partition stopped: nothing behind this record is applied.', ...this.place, offset, reason, err });
    }
    return 'stopped';
  }

  /** Waits with heartbeats, so that the group keeps this member however long the fault lasts. */
  private async backOff(reason: string, err: unknown): Promise<void> {
    const { state, logger } = this.parts;
    if (state.retry(this.place, reason)) {
      logger.warn({ msg: 'Record is tried again until it is applied.', ...this.place, offset: this.record.offset, err });
    }
    const end = performance.now() + backOffMs(++this.failures, RETRY);
    for (let left = end - performance.now(); left > 0 && this.assignment.isAssigned(); left = end - performance.now()) {
      await delay(Math.min(left, HEARTBEAT_EVERY_MS));
      await this.assignment.heartbeat();
    }
  }
}
