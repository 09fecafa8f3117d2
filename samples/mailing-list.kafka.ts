import { randomUUID } from 'node:crypto';
import { Kafka, type KafkaConfig } from 'kafkajs';
import type { MailingList } from './mailing-list.js';

const FETCH_BYTES = 2 * 1024 * 1024;

/**
 * Keeps a list that lives in memory up to date, from zero at each start: notes where the topic ends, reads the contacts, then the topic
 * from the noted places. What comes twice changes nothing.
 * @param readContacts reads all contacts by the HTTP API and hands each to `list.seed`
 * @returns a function that ends it
 */
export async function followContacts(
  list: MailingList,
  { topic, ...connection }: KafkaConfig & { topic: string },
  readContacts: () => Promise<void>,
): Promise<() => Promise<void>> {
  const kafka = new Kafka(connection);
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  await readContacts();

  // A group of its own and no commits: the list is gone with the process, so there is no place to go on from.
  const consumer = kafka.consumer({ groupId: `mailing-list-${randomUUID()}`, maxBytesPerPartition: FETCH_BYTES });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachMessage: ({ message }) => Promise.resolve(list.apply(message)) });
    for (const { partition, high } of ends) consumer.seek({ topic, partition, offset: high });
  } catch (error) {
    // A consumer whose start failed goes on trying until it is told to stop.
    await consumer.disconnect();
    throw error;
  }
  return () => consumer.disconnect();
}
