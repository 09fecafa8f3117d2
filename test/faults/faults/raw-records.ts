import kafkajs from 'kafkajs';
import { topicOf } from '#app/contracts';
import type { System } from '../system/system.js';

export interface RawRecord {
  key: string;
  value: string | Buffer | null;
  headers: Record<string, string>;
}

/** Writes records to the topic of the logins, past gateway and proxies. */
export async function produce(system: System, records: readonly RawRecord[]): Promise<void> {
  const kafka = new kafkajs.Kafka({
    brokers: system.brokerAddresses,
    clientId: 'faults-writer',
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const producer = kafka.producer({ allowAutoTopicCreation: false, createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    await producer.send({ topic: topicOf('portal-logins.v1'), acks: -1, messages: [...records] });
  } finally {
    await producer.disconnect();
  }
}
