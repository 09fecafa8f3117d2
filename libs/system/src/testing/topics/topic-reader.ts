import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, IHeaders, Kafka, KafkaMessage } from 'kafkajs';
import { plainKafka, withAdmin, type Cluster } from './kafka-client.js';

const TIMEOUT_MS = 60_000;
const RETRY_MS = 100;
/** Added to the offsets of a recreated topic, once per recreation. */
const GENERATION = 1e9;

/** A record as any client reads it, with text for bytes. */
export interface TopicRecord {
  partition: number;
  offset: number;
  key: string | null;
  /** Null is a tombstone. */
  value: string | null;
  /** The value to the byte; text would lose bytes that are not UTF-8. */
  bytes: Buffer | null;
  headers: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  timestamp: number;
}

/** What has been read of a topic. */
interface ReadTopic {
  records: TopicRecord[];
  /** The offset after the last record that was read, by partition. */
  next: Map<number, number>;
  /** Added to offsets, so that records of a recreated topic come after the earlier ones. */
  base: number;
}

/** Reads topics from their beginning, remembers the records, and continues from there. */
export class TopicReader {
  private readonly kafka: Kafka;
  private readonly topics = new Map<string, ReadTopic>();

  constructor(cluster: Cluster) {
    this.kafka = plainKafka(cluster, 'test-reader');
  }

  /** All records of a topic since it was first read. */
  async read(topic: string, timeoutMs = TIMEOUT_MS): Promise<TopicRecord[]> {
    return this.retried(topic, timeoutMs, async (deadline) => {
      const ends = await this.ends(topic);
      await this.readUntil(topic, ({ next }) => ends.every(({ partition, end }) => (next.get(partition) ?? 0) >= end), deadline);
    });
  }

  /**
   * Reads until the condition holds.
   * @throws {Error} when it does not hold in time, with the records that were read
   */
  async readEnough(topic: string, isEnough: (records: TopicRecord[]) => boolean, timeoutMs: number): Promise<TopicRecord[]> {
    return this.retried(topic, timeoutMs, (deadline) => this.readUntil(topic, ({ records }) => isEnough(records), deadline));
  }

  /** Notes that a topic is recreated: its records are kept, and its new records come after them. */
  madeAgain(topic: string): void {
    const known = this.known(topic);
    known.next.clear();
    known.base += GENERATION;
  }

  /** The offset after the last record that was read, by partition. */
  positions(topic: string): ReadonlyMap<number, number> {
    return this.known(topic).next;
  }

  /** A broker that has just started, or a topic that has just been made, is not ready at once. */
  private async retried(topic: string, timeoutMs: number, work: (deadline: number) => Promise<void>): Promise<TopicRecord[]> {
    for (const deadline = Date.now() + timeoutMs; ; await sleep(RETRY_MS)) {
      try {
        await work(deadline);
        return this.known(topic).records;
      } catch (error) {
        if (error instanceof TooFewRecords || Date.now() > deadline) throw error;
      }
    }
  }

  private async readUntil(topic: string, isDone: (known: ReadTopic) => boolean, deadline: number): Promise<void> {
    const known = this.known(topic);
    if (isDone(known)) return;
    const consumer = this.kafka.consumer({ groupId: `test-reader-${randomUUID()}`, maxWaitTimeInMs: 100 });
    const { promise: done, resolve, reject } = Promise.withResolvers<void>();
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    const timer = setTimeout(() => reject(new TooFewRecords(topic, known.records)), deadline - Date.now());
    const eachBatch = ({ batch }: EachBatchPayload): Promise<void> => {
      for (const message of batch.messages) take(known, batch.partition, message);
      known.next.set(batch.partition, Math.max(known.next.get(batch.partition) ?? 0, Number(batch.lastOffset()) + 1));
      if (isDone(known)) resolve();
      return Promise.resolve();
    };
    try {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await Promise.all([done, this.run(consumer, topic, known, eachBatch)]);
    } finally {
      clearTimeout(timer);
      await consumer.disconnect().catch(() => undefined);
    }
  }

  private async run(
    consumer: Consumer,
    topic: string,
    { next }: ReadTopic,
    eachBatch: (payload: EachBatchPayload) => Promise<void>,
  ): Promise<void> {
    await consumer.run({ autoCommit: false, eachBatch });
    for (const [partition, offset] of next) consumer.seek({ topic, partition, offset: String(offset) });
  }

  private known(topic: string): ReadTopic {
    const known = this.topics.get(topic) ?? { records: [], next: new Map<number, number>(), base: 0 };
    this.topics.set(topic, known);
    return known;
  }

  private async ends(topic: string): Promise<{ partition: number; end: number }[]> {
    const offsets = await withAdmin(this.kafka, (admin) => admin.fetchTopicOffsets(topic));
    return offsets.flatMap(({ partition, low, high }) => (low === high ? [] : [{ partition, end: Number(high) }]));
  }
}

/** Too few records came in time. */
class TooFewRecords extends Error {
  override readonly name = 'TooFewRecords';

  constructor(topic: string, records: readonly TopicRecord[]) {
    const seen = records.map(({ bytes: _, ...record }) => JSON.stringify(record).slice(0, 300));
    super(`Not enough records on ${topic}. Seen: ${seen.length === 0 ? 'nothing' : `\n${seen.join('\n')}`}`);
  }
}

function take({ records, next, base }: ReadTopic, partition: number, message: KafkaMessage): void {
  const { offset, key, value, headers = {}, timestamp } = message;
  if (Number(offset) < (next.get(partition) ?? 0)) return;
  records.push({
    partition,
    offset: base + Number(offset),
    key: key?.toString() ?? null,
    value: value?.toString() ?? null,
    bytes: value,
    headers: textHeaders(headers),
    timestamp: Number(timestamp),
  });
}

const textHeaders = (headers: IHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(Array.isArray(value) ? value[0] : value)]));
