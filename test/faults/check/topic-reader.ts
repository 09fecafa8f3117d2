import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type EachBatchPayload, type IHeaders, type Kafka, type KafkaMessage } from 'kafkajs';
import type { TopicRecord } from './evidence.js';

const PATIENCE_MS = 60_000;
const RETRY_MS = 250;
const GENERATION = 1e9;

/**
 * Reads topics as a stranger would, from their beginning, and goes on where it was: by a plain client, with nothing of our
 * own consumer in between.
 */
export class TopicReader {
  private readonly kafka: Kafka;
  private readonly records = new Map<string, TopicRecord[]>();
  private readonly next = new Map<string, number>();
  /** What is added to a topic's offsets: those of a topic that was made again come behind the former ones. */
  private readonly base = new Map<string, number>();

  constructor(brokers: string[]) {
    this.kafka = new kafkajs.Kafka({ brokers, clientId: 'faults-reader', logLevel: kafkajs.logLevel.NOTHING });
  }

  /** Everything that a topic has held since it was first read. */
  async read(topic: string): Promise<TopicRecord[]> {
    for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(RETRY_MS)) {
      try {
        await this.readNew(topic);
        return this.records.get(topic) ?? [];
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
  }

  /** Says that a topic is made again: what it held is kept, and its new records come behind. */
  begunAnew(topic: string): void {
    for (const name of this.next.keys()) if (name.startsWith(`${topic}/`)) this.next.delete(name);
    this.base.set(topic, (this.base.get(topic) ?? 0) + GENERATION);
  }

  /** Offset behind the last record that was read, by partition. */
  positions(topic: string): Map<number, number> {
    const own = [...this.next].filter(([name]) => name.startsWith(`${topic}/`));
    return new Map(own.map(([name, next]) => [Number(name.slice(topic.length + 1)), next]));
  }

  private async readNew(topic: string): Promise<void> {
    const ends = await this.ends(topic);
    const isDone = (): boolean => ends.every(({ partition, high }) => (this.next.get(`${topic}/${partition}`) ?? 0) >= high);
    if (isDone()) return;
    const consumer = this.kafka.consumer({ groupId: `faults-reader-${randomUUID()}`, maxWaitTimeInMs: 100 });
    const { promise: over, resolve, reject } = Promise.withResolvers<void>();
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    const timer = setTimeout(() => reject(new Error(`${topic} could not be read to its end.`)), PATIENCE_MS / 2);
    const eachBatch = ({ batch }: EachBatchPayload): Promise<void> => {
      for (const message of batch.messages) this.take(topic, batch.partition, message);
      if (isDone()) resolve();
      return Promise.resolve();
    };
    try {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({ autoCommit: false, eachBatch });
      for (const { partition } of ends)
        consumer.seek({ topic, partition, offset: String(this.next.get(`${topic}/${partition}`) ?? 0) });
      await over;
    } finally {
      clearTimeout(timer);
      await consumer.disconnect().catch(() => undefined);
    }
  }

  private take(topic: string, partition: number, { offset, key, value, headers = {} }: KafkaMessage): void {
    const name = `${topic}/${partition}`;
    if (Number(offset) < (this.next.get(name) ?? 0)) return;
    this.next.set(name, Number(offset) + 1);
    const record = {
      partition,
      offset: (this.base.get(topic) ?? 0) + Number(offset),
      key: key?.toString() ?? '',
      value: value?.toString() ?? null,
    };
    const held = this.records.get(topic) ?? [];
    held.push({ ...record, headers: textHeaders(headers) });
    this.records.set(topic, held);
  }

  private async ends(topic: string): Promise<{ partition: number; high: number }[]> {
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      return (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => ({ partition, high: Number(high) }));
    } finally {
      await admin.disconnect();
    }
  }
}

const textHeaders = (headers: IHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(Array.isArray(value) ? value[0] : value)]));
