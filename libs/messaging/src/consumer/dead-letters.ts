import kafkajs, { type Kafka, type KafkaMessage } from 'kafkajs';
import { isTooLarge, RecordPublisher, type RawRecord } from '../kafka/record-publisher.js';

/** A partition of a topic, by its full name. */
export interface TopicPartition {
  topic: string;
  partition: number;
}

/** Keeps records that can never be applied, unchanged, with the reason and the source. */
export class DeadLetters {
  private publisher: Promise<RecordPublisher> | undefined;

  constructor(
    private readonly kafka: Kafka,
    private readonly topic: string,
  ) {}

  /**
   * Resolves once all in-sync replicas have the record. Key, value and headers keep their original bytes. If the topic takes no record of that
   * size, the letter lacks what is too large, and `dl_cut` says so.
   * @throws {KafkaJSError} where it is not certain that they have it
   */
  async keep({ key, value, headers, offset }: KafkaMessage, place: TopicPartition, reason: string): Promise<void> {
    const own = {
      dl_reason: reason,
      dl_topic: place.topic,
      dl_partition: String(place.partition),
      dl_offset: offset,
      dl_time: new Date().toISOString(),
    };
    await this.publishWhatFits([
      { key, value, headers: { ...headers, ...own } },
      { key, value: null, headers: { ...headers, ...own, dl_cut: 'value' } },
      { key: null, value: null, headers: { ...own, dl_cut: 'key, headers, value' } },
    ]);
  }

  /** Publishes the first one that is not too large. */
  private async publishWhatFits([letter, ...smaller]: readonly RawRecord[]): Promise<void> {
    const publisher = (this.publisher ??= RecordPublisher.connect(this.kafka));
    try {
      await (await publisher).publish(this.topic, [letter!]);
    } catch (error) {
      if (isTooLarge(error) && smaller.length > 0) return this.publishWhatFits(smaller);
      await this.discard(publisher);
      throw error instanceof kafkajs.KafkaJSError ? error : new kafkajs.KafkaJSError(error as Error);
    }
  }

  /** Disconnects; a later record reconnects. */
  async close(): Promise<void> {
    const { publisher } = this;
    this.publisher = undefined;
    await publisher?.then((open) => open.close()).catch(() => undefined);
  }

  /** Replaces a publisher that has failed; the letters that it sends to other partitions go on. */
  private async discard(publisher: Promise<RecordPublisher>): Promise<void> {
    if (this.publisher === publisher) this.publisher = undefined;
    await publisher.then((failed) => failed.settled().then(() => failed.close())).catch(() => undefined);
  }
}
