import { kafkaDefectOf, TopicMissing } from '#app/messaging/light';
import { describeError, errorCodeOf, isTransientDatabaseError } from '#app/postgres/light';
import { InvalidSettings } from '#app/settings';
import { UnreadableRecording } from '#app/contracts';
import { Refused, WrongUsage } from './events.errors.js';

const NO_TOPIC = 'Its name is contacts, companies, logins, or a full name; the set-up makes those of the deployment.';
const EXPLAINED = [Refused, WrongUsage, InvalidSettings, UnreadableRecording];

/** A failure in one line, without secrets: a database error's own text can hold values. */
export function explain(error: unknown): string {
  if (EXPLAINED.some((type) => error instanceof type)) return (error as Error).message;
  if (!(error instanceof Error)) return `Not done: ${typeof error}`;
  if ('path' in error && 'syscall' in error) return `The file can't be used: ${error.message}`;
  if (error instanceof TopicMissing) return `${error.message} ${NO_TOPIC}`;
  const defect = kafkaDefectOf(error, NO_TOPIC);
  if (defect) return defect;
  if (errorCodeOf(error) === '42P01') return 'The database lacks a table: run npm start, or the set-up, once.';
  if (isTransientDatabaseError(error)) return `The database does not answer (${errorCodeOf(error) ?? 'timeout'}).`;
  // describeError removes the values from a database error.
  const { message } = describeError(error) as { message?: string };
  return `Not done: ${[error.name, errorCodeOf(error), message].filter(Boolean).join(': ')}`;
}
