import kafkajs, { Partitioners, type IHeaders, type Kafka, type KafkaMessage, type Producer } from 'kafkajs';

/** Where a record stood that could not be applied. */
export interface TopicPartition {
  topic: string;
  partition: number;
}

/** Keeps records that can never be applied, as they came, with why and from where. */
export class DeadLetters {
  private producer: Producer | undefined;

  constructor(
    private readonly kafka: Kafka,
    private readonly topic: string,
  ) {}

  /** Resolves once all in-sync replicas have the record. Its key, value and headers are the original bytes. */
  async keep(record: KafkaMessage, place: TopicPartition, reason: string): Promise<void> {
    const producer = await this.connected();
    const headers: IHeaders = {
      ...record.headers,
      dl_reason: reason,
      dl_topic: place.topic,
      dl_partition: String(place.partition),
      dl_offset: record.offset,
      dl_time: new Date().toISOString(),
    };
    try {
      const answers = await producer.send({
        topic: this.topic,
        acks: -1,
        messages: [{ key: record.key, value: record.value, headers }],
      });
      // Trap: kafkajs can resolve without having sent (kafkajs#1798).
      if (answers.length !== 1 || answers[0]!.errorCode !== 0)
        throw new kafkajs.KafkaJSError('The broker did not acknowledge a dead letter.');
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Disconnects; a later record connects anew. */
  async close(): Promise<void> {
    const { producer } = this;
    this.producer = undefined;
    await producer?.disconnect().catch(() => undefined);
  }

  private async connected(): Promise<Producer> {
    if (this.producer) return this.producer;
    const producer = this.kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries: 1 },
    });
    await producer.connect();
    return (this.producer = producer);
  }
}
