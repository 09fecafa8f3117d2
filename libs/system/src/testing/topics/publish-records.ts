import { topicOf } from '#app/contracts';
import { topicNameOf, type HistoryRecord } from '#app/contracts/testing';
import type { IHeaders, Message } from 'kafkajs';
import { withProducer } from './kafka-client.js';

const BATCH_RECORDS = 500;

/**
 * Writes a history to the topics of a real broker, with another prefix if needed: records of one key in order.
 * Their times are the times of the writing, because the topics' retention would soon delete older ones.
 * @throws {TypeError} where a record's topic is not the contract's
 */
export async function publishRecords(brokers: string[], topicPrefix: string, records: readonly HistoryRecord[]): Promise<void> {
  await withProducer(brokers, async (producer) => {
    for (let start = 0; start < records.length; start += BATCH_RECORDS)
      await producer.sendBatch({ acks: -1, topicMessages: byTopic(topicPrefix, records.slice(start, start + BATCH_RECORDS)) });
  });
}

function byTopic(prefix: string, records: readonly HistoryRecord[]): { topic: string; messages: Message[] }[] {
  const topics = new Map<string, Message[]>();
  for (const { topic, key, value, headers } of records) {
    const name = topicNameOf(topic);
    if (!name) throw new TypeError(`No topic of the contract: ${topic}.`);
    const messages = topics.get(name) ?? [];
    topics.set(name, messages);
    messages.push({ key: bufferOf(key), value: bufferOf(value), headers: { ...headers } as IHeaders });
  }
  return [...topics].map(([name, messages]) => ({ topic: topicOf(topicNameOf(name)!, prefix), messages }));
}

const bufferOf = (bytes: Uint8Array | string | null): Buffer | null => (bytes === null ? null : Buffer.from(bytes));
