import { CompressionTypes, Partitioners, type Kafka, type Producer, type RecordMetadata } from 'kafkajs';
import { partitionOf, REQUEST_TIMEOUT_MS } from './kafka-client.js';

/** A row of the outbox as the relay reads it. */
export interface PendingRow {
  id: number;
  topic: string;
  key: string;
  headers: Record<string, string>;
  payload: string | null;
}

/** The rows of one partition, in their order. */
export interface PartitionBatch {
  topic: string;
  partition: number;
  rows: PendingRow[];
}

/** What became of a pass: the rows that the broker acknowledged, and why the others were not. */
export interface PublishResult {
  published: number[];
  failure: unknown;
}

/** Longest time that one send can take over all its tries, in milliseconds; the lease must outlast it. */
export const LONGEST_SEND_MS = 8_000;

/**
 * Sends rows to Kafka in their order, and says which ones are safely there.
 *
 * A producer that failed once is thrown away: kafkajs gives the next batch the sequence numbers of the failed one, and
 * the broker would drop it as a repetition.
 */
export class OutboxPublisher {
  private producer: Producer | undefined;
  private readonly partitionCounts = new Map<string, number>();

  constructor(private readonly kafka: Kafka) {}

  async publish(rows: readonly PendingRow[]): Promise<PublishResult> {
    try {
      const producer = (this.producer ??= await this.connect());
      const batches = await this.byPartition(rows);
      const published = acknowledged(await send(producer, batches), batches);
      if (published.length === rows.length) return { published, failure: undefined };
      await this.discardProducer();
      return { published, failure: new Error('The broker did not acknowledge every partition.') };
    } catch (failure) {
      await this.discardProducer();
      return { published: [], failure };
    }
  }

  async close(): Promise<void> {
    await this.discardProducer();
  }

  private async connect(): Promise<Producer> {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries: 1 },
    });
    await producer.connect();
    return producer;
  }

  private async discardProducer(): Promise<void> {
    const { producer } = this;
    this.producer = undefined;
    await producer?.disconnect().catch(() => undefined);
  }

  private async byPartition(rows: readonly PendingRow[]): Promise<PartitionBatch[]> {
    const batches = new Map<string, PartitionBatch>();
    for (const row of rows) {
      const partition = partitionOf(row.key, await this.partitionCount(row.topic));
      const name = `${row.topic}/${partition}`;
      const batch = batches.get(name) ?? { topic: row.topic, partition, rows: [] };
      batch.rows.push(row);
      batches.set(name, batch);
    }
    return [...batches.values()];
  }

  private async partitionCount(topic: string): Promise<number> {
    const known = this.partitionCounts.get(topic);
    if (known !== undefined) return known;
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const count = topics[0]?.partitions.length ?? 0;
      if (count === 0) throw new Error(`Topic ${topic} has no partitions.`);
      this.partitionCounts.set(topic, count);
      return count;
    } finally {
      await admin.disconnect();
    }
  }
}

/** All partitions in one request a broker, each one's rows in their order. */
function send(producer: Producer, batches: readonly PartitionBatch[]): Promise<RecordMetadata[]> {
  const topicMessages = batches.map(({ topic, partition, rows }) => ({
    topic,
    messages: rows.map(({ key, payload, headers }) => ({ key, value: payload, headers, partition })),
  }));
  return producer.sendBatch({ topicMessages, acks: -1, timeout: REQUEST_TIMEOUT_MS, compression: CompressionTypes.None });
}

/** The rows of those partitions that the answer names, once and without error: kafkajs can resolve without having sent one. */
export function acknowledged(answer: readonly RecordMetadata[], batches: readonly PartitionBatch[]): number[] {
  return batches.flatMap(({ topic, partition, rows }) => {
    const entries = answer.filter((entry) => entry.topicName === topic && entry.partition === partition);
    return entries.length === 1 && entries[0]!.errorCode === 0 ? rows.map(({ id }) => id) : [];
  });
}
