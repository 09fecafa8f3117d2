import kafkajs, { type IHeaders, type Kafka } from 'kafkajs';
import { partitionOf } from './kafka-client.js';
import { PartitionProducer, refusalOf } from './partition-producer.js';
import type { PartitionRecords } from './produce-request.js';

/** A record as it should stand on a topic, to the byte. */
export interface RawRecord {
  key: Buffer | null;
  /** Null for a tombstone. */
  value: Buffer | null;
  headers: IHeaders;
}

/** A topic has another number of partitions than its publishers expect: keys would go to other partitions. */
class OtherPartitionCount extends Error {
  override readonly name = 'OtherPartitionCount';

  constructor(topic: string, count: number, wanted: number) {
    super(
      `Topic ${topic} has ${count} partitions, and the gateway publishes to ${wanted} (TOPIC_PARTITIONS): keys would go to other partitions.`,
    );
  }
}

type RawPartitionRecords = PartitionRecords & { records: readonly RawRecord[] };

interface RecordPublisherOptions {
  /** Number of partitions that the topics must have. */
  partitions?: number | undefined;
}

/** Most bytes of a partition in one request, and of a record above them. */
const PIECE_BYTES = 1024 * 1024;

/** Publishes records: each to the partition of its key, the records of a key in order. */
export class RecordPublisher {
  private readonly leaders = new Map<string, number[]>();
  /** The last send to each partition, which the next one waits for; after a failure the partition takes no more. */
  private readonly lastSends = new Map<string, Promise<void>>();

  private constructor(
    private readonly producer: PartitionProducer,
    private readonly options: RecordPublisherOptions,
  ) {}

  static async connect(kafka: Kafka, options: RecordPublisherOptions = {}): Promise<RecordPublisher> {
    return new RecordPublisher(await PartitionProducer.connect(kafka), options);
  }

  /**
   * Resolves once all in-sync replicas have the records. Calls at the same time are allowed.
   * @throws where that is not certain; some records may be there. This publisher must not be used again
   */
  async publish(topic: string, records: readonly RawRecord[]): Promise<void> {
    const leaders = await this.leadersOf(topic);
    // A record without a key may go to any partition.
    const partitions = Map.groupBy(records, ({ key }) => (key ? partitionOf(key, leaders.length) : 0));
    const sends = [...partitions].map(([partition, ofPartition]) =>
      this.sendInTurn(leaders[partition]!, { topic, partition, records: ofPartition }),
    );
    const failed = (await Promise.allSettled(sends)).find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Waits until nothing is being sent. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.lastSends.values());
  }

  async close(): Promise<void> {
    await this.producer.close();
  }

  private sendInTurn(leader: number, batch: RawPartitionRecords): Promise<void> {
    const name = `${batch.topic}/${batch.partition}`;
    const send = (this.lastSends.get(name) ?? Promise.resolve()).then(() => this.send(leader, batch));
    this.lastSends.set(name, send);
    return send;
  }

  private async send(leader: number, { topic, partition, records }: RawPartitionRecords): Promise<void> {
    for (const piece of piecesOf(records)) {
      const answers = await this.producer.send(leader, [{ topic, partition, records: piece }]);
      const [answer] = answers;
      if (!answer || answers.length !== 1) throw new kafkajs.KafkaJSError('The broker did not acknowledge every partition.');
      if (answer.errorCode !== 0) throw refusalOf(answer);
    }
  }

  private async leadersOf(topic: string): Promise<number[]> {
    const known = this.leaders.get(topic);
    if (known) return known;
    const leaders = await this.producer.leadersOf(topic);
    const { partitions: wanted = leaders.length } = this.options;
    if (leaders.length === 0) throw new kafkajs.KafkaJSError(`Topic ${topic} is missing or may not be read.`);
    if (leaders.length !== wanted) throw new OtherPartitionCount(topic, leaders.length, wanted);
    this.leaders.set(topic, leaders);
    return leaders;
  }
}

function piecesOf(records: readonly RawRecord[]): RawRecord[][] {
  const pieces: RawRecord[][] = [];
  let room = 0;
  for (const record of records) {
    if (room <= 0) {
      pieces.push([]);
      room = PIECE_BYTES;
    }
    pieces.at(-1)!.push(record);
    room -= (record.value?.length ?? 0) + (record.key?.length ?? 0);
  }
  return pieces;
}
