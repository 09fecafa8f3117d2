import { Kafka, logLevel, Partitioners } from 'kafkajs';

const AT_ONCE = 1_000;

export interface PlainRow {
  topic: string;
  headers: Record<string, string>;
  value: string;
}

/** Rows a second that kafkajs' own idempotent producer sends, a thousand at a time, to partitions by their keys. */
export async function plainSend(brokers: string[], rows: number, { topic, headers, value }: PlainRow): Promise<number> {
  const producer = new Kafka({ brokers, clientId: 'bench', logLevel: logLevel.NOTHING }).producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const began = performance.now();
  for (let sent = 0; sent < rows; sent += AT_ONCE) {
    const count = Math.min(AT_ONCE, rows - sent);
    const messages = Array.from({ length: count }, (_, index) => ({ key: String(sent + index), value, headers }));
    await producer.send({ topic, acks: -1, messages });
  }
  const seconds = (performance.now() - began) / 1_000;
  await producer.disconnect();
  return rows / seconds;
}
