import { randomUUID } from 'node:crypto';
import { Kafka, type KafkaConfig } from 'kafkajs';
import type { MailingList } from './mailing-list.js';

const FETCH_BYTES = 2 * 1024 * 1024;

/**
 * Keeps a list in memory up to date, from zero at each start: notes the ends of the topic, reads the contacts, then reads the
 * topic from the noted offsets. A repeated record changes nothing.
 * @param readContacts reads all contacts by the HTTP API and gives each to `list.seed`
 * @returns a function that stops it
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

  // The group is new and commits no offset: the list is lost with the process, so each start reads from zero.
  const consumer = kafka.consumer({ groupId: `mailing-list-${randomUUID()}`, maxBytesPerPartition: FETCH_BYTES });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachMessage: ({ message }) => Promise.resolve(list.apply(message)) });
    for (const { partition, high } of ends) consumer.seek({ topic, partition, offset: high });
  } catch (error) {
    // A consumer whose start failed tries again until it is stopped.
    await consumer.disconnect();
    throw error;
  }
  return () => consumer.disconnect();
}
