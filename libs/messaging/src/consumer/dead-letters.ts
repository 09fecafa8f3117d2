import kafkajs, { type Kafka, type KafkaMessage } from 'kafkajs';
import { RecordPublisher, type RawRecord } from '../kafka/record-publisher.js';

/** A partition of a topic, by its full name. */
export interface TopicPartition {
  topic: string;
  partition: number;
}

/** A record that can never be applied, and why. */
export interface Letter {
  record: KafkaMessage;
  reason: string;
}

/** Keeps records that can never be applied, unchanged, with the reason and the source. */
export class DeadLetters {
  private publisher: Promise<RecordPublisher> | undefined;

  constructor(
    private readonly kafka: Kafka,
    private readonly topic: string,
  ) {}

  /**
   * Resolves once all in-sync replicas have the letters; those of one key keep their order. Key, value and headers keep their original
   * bytes. If the topic takes no record of that size, a letter lacks what is too large, and `dl_cut` says so.
   * @throws {KafkaJSError} where it is not certain that they have them; they may have some
   */
  async keep(letters: readonly Letter[], place: TopicPartition): Promise<void> {
    const publisher = (this.publisher ??= RecordPublisher.connect(this.kafka));
    try {
      await (
        await publisher
      ).publish(
        this.topic,
        letters.map((letter) => rawLetter(letter, place)),
      );
    } catch (error) {
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

/** The letter, then what of it is published where that is too large. */
function rawLetter({ record: { key, value, headers, offset }, reason }: Letter, place: TopicPartition): RawRecord {
  const own = {
    dl_reason: reason,
    dl_topic: place.topic,
    dl_partition: String(place.partition),
    dl_offset: offset,
    dl_time: new Date().toISOString(),
  };
  const withoutAny = { key: null, value: null, headers: { ...own, dl_cut: 'key, headers, value' } };
  const withoutValue = { key, value: null, headers: { ...headers, ...own, dl_cut: 'value' }, smaller: withoutAny };
  return { key, value, headers: { ...headers, ...own }, smaller: withoutValue };
}
