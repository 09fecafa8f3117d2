import { CompressionTypes, Partitioners, type Kafka, type Producer, type RecordMetadata } from 'kafkajs';
import { partitionOf, REQUEST_TIMEOUT_MS } from '../kafka/kafka-client.js';
import { AbortableConnections } from '../kafka/abortable-connections.js';
import { TopicMismatch } from '../kafka/topics.js';

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

/** Gives a row further headers at its sending. */
export type RecordStamp = (row: Readonly<PendingRow>) => Record<string, string>;

export interface PublisherOptions {
  /** Partitions that each topic must have, since a key's order hangs on their number; not looked at where absent. */
  partitions?: number | undefined;
  /** Headers that a record is given as it is sent, besides those of its row. */
  stamp?: RecordStamp | undefined;
  /** Asked before each send: whether nobody else publishes for as long as one can take. */
  mayBegin?: () => boolean;
}

/** Longest time that one send can take over all its tries, in milliseconds; then its connections are cut. The lease must outlast it. */
export const LONGEST_SEND_MS = 8_000;

/** A producer and the connections that it alone uses. */
interface Line {
  producer: Producer;
  line: AbortableConnections;
}

/**
 * Sends rows to Kafka in their order, and says which ones are safely there.
 *
 * A producer that failed once is thrown away: kafkajs gives the next batch the sequence numbers of the failed one, and
 * the broker would drop it as a repetition.
 */
export class OutboxPublisher {
  private current: Line | undefined;
  /** Leaders of each topic's partitions, as of the first send since the last failure. */
  private readonly leaders = new Map<string, number[]>();

  constructor(
    private readonly kafka: Kafka,
    private readonly options: PublisherOptions = {},
  ) {}

  async publish(rows: readonly PendingRow[]): Promise<PublishResult> {
    try {
      const current = (this.current ??= await this.connect());
      const groups = await this.byLeader(rows);
      // To connect can take long: what was true when the rows were read need not be true now.
      if (this.options.mayBegin?.() === false) return { published: [], failure: undefined };
      const result = await sendAll(current, this.stamped(groups));
      if (result.failure !== undefined) await this.discardProducer();
      return result;
    } catch (failure) {
      await this.discardProducer();
      return { published: [], failure };
    }
  }

  async close(): Promise<void> {
    await this.discardProducer();
  }

  private async connect(): Promise<Line> {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries: 1 },
    });
    const line = new AbortableConnections();
    await line.run(() => producer.connect());
    return { producer, line };
  }

  private async discardProducer(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    this.leaders.clear();
    current?.line.abort();
    await current?.producer.disconnect().catch(() => undefined);
  }

  private async byLeader(rows: readonly PendingRow[]): Promise<PartitionBatch[][]> {
    const batches = new Map<string, PartitionBatch & { leader: number }>();
    for (const row of rows) {
      const leaders = await this.leadersOf(row.topic);
      const partition = partitionOf(row.key, leaders.length);
      const name = `${row.topic}/${partition}`;
      const batch = batches.get(name) ?? { topic: row.topic, partition, rows: [], leader: leaders[partition]! };
      batch.rows.push(row);
      batches.set(name, batch);
    }
    return [...Map.groupBy(batches.values(), ({ leader }) => leader).values()];
  }

  private stamped(groups: readonly PartitionBatch[][]): readonly PartitionBatch[][] {
    const { stamp } = this.options;
    if (!stamp) return groups;
    const stampRow = (row: PendingRow): PendingRow => ({ ...row, headers: { ...row.headers, ...stamp(row) } });
    return groups.map((batches) => batches.map((batch) => ({ ...batch, rows: batch.rows.map(stampRow) })));
  }

  private async leadersOf(topic: string): Promise<number[]> {
    const known = this.leaders.get(topic);
    if (known !== undefined) return known;
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const partitions = topics[0]?.partitions ?? [];
      const { partitions: wanted = partitions.length } = this.options;
      if (partitions.length === 0) throw new Error(`Topic ${topic} has no partitions.`);
      if (partitions.length !== wanted)
        throw new TopicMismatch(`Topic ${topic} has ${partitions.length} partitions, must have ${wanted}.`);
      const leaders = [...partitions].sort((a, b) => a.partitionId - b.partitionId).map(({ leader }) => leader);
      this.leaders.set(topic, leaders);
      return leaders;
    } finally {
      await admin.disconnect();
    }
  }
}

/**
 * Sends each leader its partitions, side by side, and waits for all of them, whatever becomes of one.
 * Trap: kafkajs fails a request for several brokers with the first of them, while what it sent to the others is still on its way.
 */
async function sendAll({ producer, line }: Line, groups: readonly PartitionBatch[][]): Promise<PublishResult> {
  const cut = setTimeout(() => line.abort(), LONGEST_SEND_MS);
  const sends = groups.map(async (batches) => acknowledged(await line.run(() => send(producer, batches)), batches));
  const outcomes = await Promise.allSettled(sends).finally(() => clearTimeout(cut));
  const published = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  const rows = groups.flat().reduce((sum, batch) => sum + batch.rows.length, 0);
  if (failed) return { published, failure: failed.reason };
  const failure = published.length === rows ? undefined : new Error('The broker did not acknowledge every partition.');
  return { published, failure };
}

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
