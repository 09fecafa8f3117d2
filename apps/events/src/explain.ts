import { TopicMissing } from '#app/messaging/light';
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
  if (error.name.startsWith('KafkaJS')) return explainKafka(error);
  if (errorCodeOf(error) === '42P01') return 'The database lacks a table: run npm start, or the set-up, once.';
  if (isTransientDatabaseError(error)) return `The database does not answer (${errorCodeOf(error) ?? 'timeout'}).`;
  // describeError removes the values from a database error.
  const { message } = describeError(error) as { message?: string };
  return `Not done: ${[error.name, errorCodeOf(error), message].filter(Boolean).join(': ')}`;
}

/** The innermost cause has the reason: kafkajs wraps it in an error that counts tries. */
function explainKafka(error: Error & { type?: string }): string {
  let cause: Error & { type?: string } = error;
  while (cause.cause instanceof Error) cause = cause.cause;
  if (/Connection|RequestTimeout|BrokerNotFound/.test(cause.name)) return `Kafka does not answer: ${cause.message}`;
  if (cause.type === 'UNKNOWN_TOPIC_OR_PARTITION') return `Kafka has no such topic. ${NO_TOPIC}`;
  return `Kafka refused: ${cause.message}`;
}
