import { UnreadableEvent, UnsupportedEventVersion } from '#app/contracts';
import { isTransientDatabaseError } from '#app/postgres';
import kafkajs from 'kafkajs';

/**
 * What a failure says of the record that met it.
 * - `transient`: nothing; the same attempt can succeed later.
 * - `permanent`: it can never be applied, and goes to the dead letters.
 * - `systemic`: the set-up is wrong; every record would meet it, so the partition stops.
 * - `defect`: nobody foresaw it; tried a few times, then treated as systemic, so that nothing is lost to a bug.
 */
export type FailureKind = 'transient' | 'permanent' | 'systemic' | 'defect';

/** An app's part of the judgement; undefined for what it does not know. */
export type FailureJudge = (error: unknown) => FailureKind | undefined;

/** A handler that neither finished nor failed in time. */
export class HandlerTimeout extends Error {
  override readonly name = 'HandlerTimeout';
}

/** Judges a failure: the app's own errors first, then those of the contract, the database and the broker. */
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

/** Whether an error means that the group has to be joined anew: the only kind that kafkajs is ever given. */
export function isRebalance(error: unknown): boolean {
  return error instanceof kafkajs.KafkaJSError && REBALANCE_ERRORS.has(String((error as { type?: string }).type));
}

/** What may be said of a failure in a header or in health: of foreign errors the name alone, since their text can hold values. */
export function reasonOf(error: unknown, kind: FailureKind): string {
  const name = error instanceof Error ? error.name : typeof error;
  const own = error instanceof Error && (kind === 'permanent' || kind === 'systemic');
  return (own ? `${name}: ${error.message}` : name).replaceAll(/\s+/g, ' ').slice(0, 500);
}
