import kafkajs, { Partitioners, type IHeaders, type Kafka, type Producer } from 'kafkajs';
import { partitionOf } from './kafka-client.js';

/** A record as it is to stand on a topic, to the byte. */
export interface RawRecord {
  key: Buffer | null;
  /** Null is a tombstone. */
  value: Buffer | null;
  headers: IHeaders;
}

/** Puts records on topics for an operator: each where its key belongs, those of a key in their order. */
export class RecordPublisher {
  private readonly partitionCounts = new Map<string, number>();

  private constructor(
    private readonly kafka: Kafka,
    private readonly producer: Producer,
  ) {}

  static async connect(kafka: Kafka): Promise<RecordPublisher> {
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries: 1 },
    });
    await producer.connect();
    return new RecordPublisher(kafka, producer);
  }

  /**
   * Resolves once all in-sync replicas have the records.
   * @throws where that is not sure; this publisher is then of no further use, and some of them may be there
   */
  async publish(topic: string, records: readonly RawRecord[]): Promise<void> {
    if (records.length === 0) return;
    const partitions = await this.partitionCount(topic);
    // Without a key nothing hangs on the partition.
    const messages = records.map((record) => ({ ...record, partition: record.key ? partitionOf(record.key, partitions) : 0 }));
    const answers = await this.producer.send({ topic, acks: -1, messages });
    // Trap: kafkajs can resolve without having sent a partition (kafkajs#1798).
    const asked = new Set(messages.map(({ partition }) => partition));
    const done = answers.filter(({ partition, errorCode }) => errorCode === 0 && asked.has(partition));
    if (answers.length !== asked.size || done.length !== asked.size)
      throw new kafkajs.KafkaJSError('The broker did not acknowledge every partition.');
  }

  async close(): Promise<void> {
    await this.producer.disconnect().catch(() => undefined);
  }

  private async partitionCount(topic: string): Promise<number> {
    const known = this.partitionCounts.get(topic);
    if (known !== undefined) return known;
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const count = topics[0]!.partitions.length;
      this.partitionCounts.set(topic, count);
      return count;
    } finally {
      await admin.disconnect();
    }
  }
}
