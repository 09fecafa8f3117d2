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
  /** What is published in its place where the topic takes none of its size. */
  smaller?: RawRecord;
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

/** Most bytes of a partition in one request, unless one record has more. */
const PIECE_BYTES = 1024 * 1024;

/** More than the lengths and numbers of a record take, or those of a header. */
const OVERHEAD_BYTES = 20;

const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/** Whether the broker refused records because its topic takes none of their size. */
const isTooLarge = (error: unknown): boolean => TOO_LARGE.has(String((error as { type?: unknown } | null)?.type));

/**
 * Publishes records: each to the partition of its key, the records of a key in order. Records that are larger than a request of several are
 * compressed: the broker's limit counts the bytes that it stores, and one that it has stored compressed may be larger. A request that is too
 * large for its topic is halved.
 */
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
   * @throws where that is not certain; some records may be there. This publisher must not be used again, except if a record is too large
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
    const last = this.lastSends.get(name) ?? Promise.resolve();
    // A partition has stored nothing of what is too large, so it takes what follows.
    const isFree = last.catch((error: unknown) => {
      if (!isTooLarge(error)) throw error;
    });
    const send = isFree.then(() => this.send(leader, batch));
    this.lastSends.set(name, send);
    return send;
  }

  private async send(leader: number, { topic, partition, records }: RawPartitionRecords): Promise<void> {
    const pieces = piecesOf(records);
    for (let piece = pieces.shift(); piece; piece = pieces.shift()) {
      const answers = await this.producer.send(leader, [{ topic, partition, records: piece, mostPlainBytes: PIECE_BYTES }]);
      const [answer] = answers;
      if (!answer || answers.length !== 1) throw new kafkajs.KafkaJSError('The broker did not acknowledge every partition.');
      if (answer.errorCode === 0) continue;
      const refusal = refusalOf(answer);
      const smaller = isTooLarge(refusal) ? smallerPieces(piece) : undefined;
      if (!smaller) throw refusal;
      pieces.unshift(...smaller);
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
    const bytes = bytesOf(record);
    if (bytes > room) {
      pieces.push([]);
      room = PIECE_BYTES;
    }
    pieces.at(-1)!.push(record);
    room -= bytes;
  }
  return pieces;
}

/** What to send in place of a piece that is too large; undefined where there is nothing smaller. */
function smallerPieces(piece: readonly RawRecord[]): RawRecord[][] | undefined {
  const [first, ...others] = piece;
  if (others.length === 0) return first?.smaller && [[first.smaller]];
  const half = Math.ceil(piece.length / 2);
  return [piece.slice(0, half), piece.slice(half)];
}

/** About how many bytes a record has. */
function bytesOf({ key, value, headers }: RawRecord): number {
  let bytes = (value?.length ?? 0) + (key?.length ?? 0) + OVERHEAD_BYTES;
  for (const [name, values] of Object.entries(headers))
    for (const each of [values].flat()) bytes += name.length + (each?.length ?? 0) + OVERHEAD_BYTES;
  return bytes;
}
