import type { IHeaders, Kafka } from 'kafkajs';
import {
  createCluster,
  withoutAborted,
  type FetchedMessage,
  type FetchedPartition,
  type KafkaCluster,
} from '../kafka/kafka-cluster.js';
import { TopicMissing } from './feed.errors.js';
import { LogLayout, type LogPosition } from './log-layout.js';

const EARLIEST = -2;
const LATEST = -1;
const READ_COMMITTED = 1;
/** Most bytes of one fetch. The broker sends a larger first record all the same. */
const FETCH_BYTES = { partition: 1024 * 1024, all: 4 * 1024 * 1024 } as const;

/** A record of a topic, with its position. */
export interface LogRecord {
  partitionIndex: number;
  topic: string;
  offset: number;
  /** Milliseconds since 1970. */
  timestamp: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: IHeaders | undefined;
}

/** Records of one partition from a fetch, and the offset to continue at. */
export interface LogChunk {
  partitionIndex: number;
  records: LogRecord[];
  next: number;
}

/** The logs of some topics, read by position. A log whose call has failed is closed; the caller opens a new one. */
export class TopicLog {
  private constructor(
    private readonly cluster: KafkaCluster,
    readonly layout: LogLayout,
    private readonly leaderOf: readonly number[],
  ) {}

  /** @throws {Error} where the cluster does not answer or a topic is missing */
  static async open(kafka: Kafka, topics: readonly string[], cluster = createCluster(kafka)): Promise<TopicLog> {
    try {
      await cluster.connect();
      await cluster.addMultipleTargetTopics([...topics]);
      const metadata = topics.map((topic) =>
        cluster.findTopicPartitionMetadata(topic).sort((a, b) => a.partitionId - b.partitionId),
      );
      const empty = topics.find((_, index) => metadata[index]!.length === 0);
      if (empty !== undefined) throw new TopicMissing(empty);
      const layout = new LogLayout(
        topics,
        metadata.map((partitions) => partitions.length),
      );
      return new TopicLog(
        cluster,
        layout,
        metadata.flat().map(({ leader }) => leader),
      );
    } catch (error) {
      await cluster.disconnect().catch(() => undefined);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.cluster.disconnect().catch(() => undefined);
  }

  /** Nodes that lead a partition. */
  get leaders(): number[] {
    return [...new Set(this.leaderOf)];
  }

  /** The first offset that each partition retains. */
  starts(): Promise<LogPosition> {
    return this.offsets(EARLIEST);
  }

  /** The offset that the next record of each partition will get. */
  ends(): Promise<LogPosition> {
    return this.offsets(LATEST);
  }

  /** The offset of each partition's first record at or after a time; -1 where there is no such record. */
  since(timeMs: number): Promise<LogPosition> {
    // To a broker, a negative time is a name: of the end, of the beginning, or of something that it does not know.
    return this.offsets(Math.max(timeMs, 0));
  }

  /**
   * Reads on from a position, in the partitions that one node leads.
   * @param waitMs how long the broker may wait for records
   * @param wanted reads only these partition indexes
   */
  async fetch(
    position: Readonly<LogPosition>,
    leader: number,
    waitMs: number,
    wanted = this.layout.partitionIndexes,
  ): Promise<LogChunk[]> {
    const partitionIndexes = wanted.filter((partitionIndex) => this.leaderOf[partitionIndex] === leader);
    if (partitionIndexes.length === 0) return [];
    const fetched = await this.request(position, partitionIndexes, leader, waitMs);
    const chunks: LogChunk[] = [];
    for (const { partitionIndex, data } of fetched) {
      const chunk =
        this.chunkOf(partitionIndex, position[partitionIndex]!, data) ??
        (position[partitionIndex]! < readableEnd(data) ? await this.fetchAlone(position, partitionIndex, leader) : undefined);
      if (chunk) chunks.push(chunk);
    }
    return chunks;
  }

  /** Reads on from a position without waiting, in all partitions or in some. */
  async fetchNow(position: Readonly<LogPosition>, wanted = this.layout.partitionIndexes): Promise<LogChunk[]> {
    return (await Promise.all(this.leaders.map((leader) => this.fetch(position, leader, 0, wanted)))).flat();
  }

  /**
   * Handles partitions that have more but sent nothing. Either others took all the room, or compaction left a batch without records,
   * which kafkajs does not show. A fetch of one partition always has room for a batch: if it is empty too, the offset holds no record.
   */
  private async fetchAlone(position: Readonly<LogPosition>, partitionIndex: number, leader: number): Promise<LogChunk> {
    const [fetched] = await this.request(position, [partitionIndex], leader, 0);
    const from = position[partitionIndex]!;
    return (fetched && this.chunkOf(partitionIndex, from, fetched.data)) ?? { partitionIndex, records: [], next: from + 1 };
  }

  private async request(
    position: Readonly<LogPosition>,
    partitionIndexes: readonly number[],
    nodeId: number,
    waitMs: number,
  ): Promise<{ partitionIndex: number; data: FetchedPartition }[]> {
    const broker = await this.cluster.findBroker({ nodeId });
    const topics = this.layout.topics.map((topic) => {
      const wanted = this.layout.partitionIndexesOf(topic);
      const partitions = wanted.flatMap((partitionIndex, partition) =>
        partitionIndexes.includes(partitionIndex)
          ? [{ partition, fetchOffset: String(position[partitionIndex]), maxBytes: FETCH_BYTES.partition }]
          : [],
      );
      return { topic, partitions };
    });
    const { responses } = await broker.fetch({
      isolationLevel: READ_COMMITTED,
      maxWaitTime: waitMs,
      minBytes: 1,
      maxBytes: FETCH_BYTES.all,
      topics: topics.filter(({ partitions }) => partitions.length > 0),
    });
    return responses.flatMap(({ topicName, partitions }) =>
      partitions.map((data) => ({ partitionIndex: this.layout.partitionIndexOf(topicName, data.partition), data })),
    );
  }

  /**
   * A fetch's first batch can begin before the requested offset. Control records and records of aborted transactions only
   * advance the position.
   */
  private chunkOf(
    partitionIndex: number,
    from: number,
    { messages, abortedTransactions }: FetchedPartition,
  ): LogChunk | undefined {
    const last = messages.at(-1);
    if (!last || Number(last.offset) < from) return undefined;
    const topic = this.layout.topicOf(partitionIndex);
    const records = withoutAborted({ messages, abortedTransactions })
      .filter(({ offset, isControlRecord }) => Number(offset) >= from && !isControlRecord)
      .map((message) => recordOf(partitionIndex, topic, message));
    return { partitionIndex, records, next: Number(last.offset) + 1 };
  }

  private async offsets(fromTimestamp: number): Promise<LogPosition> {
    const topics = this.layout.topics.map((topic) => ({
      topic,
      partitions: this.layout.partitionIndexesOf(topic).map((_, partition) => ({ partition })),
      fromTimestamp,
    }));
    const position: LogPosition = [];
    for (const { topic, partitions } of await this.cluster.fetchTopicsOffset(topics)) {
      for (const { partition, offset } of partitions) position[this.layout.partitionIndexOf(topic, partition)] = Number(offset);
    }
    return position;
  }
}

/** Records of an open transaction must not be read yet. */
const readableEnd = ({ highWatermark, lastStableOffset }: FetchedPartition): number =>
  Math.min(Number(highWatermark), lastStableOffset === undefined ? Infinity : Number(lastStableOffset));

const recordOf = (
  partitionIndex: number,
  topic: string,
  { offset, timestamp, key, value, headers }: FetchedMessage,
): LogRecord => ({
  partitionIndex,
  topic,
  offset: Number(offset),
  timestamp: Number(timestamp),
  key,
  value,
  headers,
});
