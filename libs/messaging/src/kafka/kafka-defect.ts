/**
 * What is wrong with Kafka, in one line; undefined for an error of something else. Ask this before what is wrong with a database: both have
 * the system's codes of a connection.
 * @param noTopic what to do where the topic is missing
 */
export function kafkaDefectOf(error: unknown, noTopic = 'Run the set-up.'): string | undefined {
  if (!(error instanceof Error) || !error.name.startsWith('KafkaJS')) return undefined;
  // The innermost cause has the reason: kafkajs wraps it in an error that counts tries.
  let cause: Error & { type?: string } = error;
  while (cause.cause instanceof Error) cause = cause.cause;
  if (/Connection|RequestTimeout|BrokerNotFound/.test(cause.name)) return `Kafka does not answer: ${cause.message}`;
  if (cause.type === 'UNKNOWN_TOPIC_OR_PARTITION') return `Kafka has no such topic. ${noTopic}`;
  return `Kafka refused: ${cause.message}`;
}
