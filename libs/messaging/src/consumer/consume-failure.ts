import { UnreadableEvent, UnsupportedEventVersion } from '#app/contracts';
import { isTransientDatabaseError } from '#app/postgres';
import kafkajs from 'kafkajs';

/**
 * What a failure means for the record.
 * - `transient`: the same attempt can succeed later.
 * - `permanent`: the record can never be applied, and is dead-lettered.
 * - `systemic`: the set-up is wrong; every record would fail, so the partition stops.
 * - `defect`: an unexpected error; after a few attempts it counts as systemic, so that a bug loses no record.
 */
export type FailureKind = 'transient' | 'permanent' | 'systemic' | 'defect';

/** An app's part of the judgement; undefined for errors that it does not know. */
export type FailureJudge = (error: unknown) => FailureKind | undefined;

/** A handler did not finish in time. */
export class HandlerTimeout extends Error {
  override readonly name = 'HandlerTimeout';
}

/** Judges a failure: the app's own errors first, then errors of the contract, the database and the broker. */
export function judgeFailure(error: unknown, judge: FailureJudge = () => undefined): FailureKind {
  const own = judge(error);
  if (own) return own;
  if (error instanceof UnreadableEvent) return 'permanent';
  if (error instanceof UnsupportedEventVersion) return 'systemic';
  return error instanceof kafkajs.KafkaJSError || isTransientDatabaseError(error) ? 'transient' : 'defect';
}

const REBALANCE_ERRORS = new Set([
  'REBALANCE_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
]);

/** Whether the member has to join the group again. kafkajs is only ever given such errors. */
export function isRebalance(error: unknown): boolean {
  return error instanceof kafkajs.KafkaJSError && REBALANCE_ERRORS.has(String((error as { type?: string }).type));
}

/** A failure as text for headers and health. Foreign errors give only their name, since their messages can hold values. */
export function reasonOf(error: unknown, kind: FailureKind): string {
  const name = error instanceof Error ? error.name : typeof error;
  const own = error instanceof Error && (kind === 'permanent' || kind === 'systemic');
  return (own ? `${name}: ${error.message}` : name).replaceAll(/\s+/g, ' ').slice(0, 500);
}
