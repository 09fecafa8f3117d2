import type { IHeaders, Kafka } from 'kafkajs';
import {
  createCluster,
  withoutAborted,
  type FetchedMessage,
  type FetchedPartition,
  type KafkaCluster,
} from '../kafka/kafka-cluster.js';
import { LogLayout, type LogPosition } from './log-layout.js';

const EARLIEST = -2;
const LATEST = -1;
const READ_COMMITTED = 1;
/** What one fetch holds at most; the broker sends a first record that is larger all the same. */
const FETCH_BYTES = { partition: 1024 * 1024, all: 4 * 1024 * 1024 } as const;

/** A record of a topic, with its place. */
export interface LogRecord {
  slot: number;
  topic: string;
  offset: number;
  /** Milliseconds since 1970. */
  timestamp: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: IHeaders | undefined;
}

/** What a fetch brought of one partition, and where it goes on after it. */
export interface LogChunk {
  slot: number;
  records: LogRecord[];
  next: number;
}

/** The logs of some topics, read by place. Once one of its calls has failed it is closed, and opened anew. */
export class TopicLog {
  private constructor(
    private readonly cluster: KafkaCluster,
    readonly layout: LogLayout,
    private readonly leaderOf: readonly number[],
  ) {}

  /** @throws {Error} where the cluster does not answer or a topic is not there */
  static async open(kafka: Kafka, topics: readonly string[], cluster = createCluster(kafka)): Promise<TopicLog> {
    try {
      await cluster.connect();
      await cluster.addMultipleTargetTopics([...topics]);
      const metadata = topics.map((topic) =>
        cluster.findTopicPartitionMetadata(topic).sort((a, b) => a.partitionId - b.partitionId),
      );
      const empty = topics.find((_, index) => metadata[index]!.length === 0);
      if (empty !== undefined) throw new Error(`Topic ${empty} has no partitions.`);
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

  /** The first offset that each partition still holds. */
  starts(): Promise<LogPosition> {
    return this.offsets(EARLIEST);
  }

  /** The offset that the next record of each partition will have. */
  ends(): Promise<LogPosition> {
    return this.offsets(LATEST);
  }

  /** The offset of the first record of each partition that is not older; -1 where there is none. */
  since(timeMs: number): Promise<LogPosition> {
    return this.offsets(timeMs);
  }

  /**
   * Reads on from a place, in the partitions that one node leads.
   * @param waitMs how long the broker may wait for something to send
   * @param wanted only these slots
   */
  async fetch(position: Readonly<LogPosition>, leader: number, waitMs: number, wanted = this.layout.slots): Promise<LogChunk[]> {
    const slots = wanted.filter((slot) => this.leaderOf[slot] === leader);
    if (slots.length === 0) return [];
    const fetched = await this.request(position, slots, leader, waitMs);
    const chunks: LogChunk[] = [];
    for (const { slot, data } of fetched) {
      const chunk =
        this.chunkOf(slot, position[slot]!, data) ??
        (position[slot]! < readableEnd(data) ? await this.fetchAlone(position, slot, leader) : undefined);
      if (chunk) chunks.push(chunk);
    }
    return chunks;
  }

  /** Reads on from a place without waiting, in all partitions or in some. */
  async fetchNow(position: Readonly<LogPosition>, wanted = this.layout.slots): Promise<LogChunk[]> {
    return (await Promise.all(this.leaders.map((leader) => this.fetch(position, leader, 0, wanted)))).flat();
  }

  /**
   * Nothing came of a partition that holds more. Either others took all the room, or compaction left a batch without records,
   * which kafkajs does not show. Asked for alone, there is always room for a batch: still nothing, and this offset holds nothing.
   */
  private async fetchAlone(position: Readonly<LogPosition>, slot: number, leader: number): Promise<LogChunk> {
    const [fetched] = await this.request(position, [slot], leader, 0);
    const from = position[slot]!;
    return (fetched && this.chunkOf(slot, from, fetched.data)) ?? { slot, records: [], next: from + 1 };
  }

  private async request(
    position: Readonly<LogPosition>,
    slots: readonly number[],
    nodeId: number,
    waitMs: number,
  ): Promise<{ slot: number; data: FetchedPartition }[]> {
    const broker = await this.cluster.findBroker({ nodeId });
    const topics = this.layout.topics.map((topic) => {
      const wanted = this.layout.slotsOf(topic);
      const partitions = wanted.flatMap((slot, partition) =>
        slots.includes(slot) ? [{ partition, fetchOffset: String(position[slot]), maxBytes: FETCH_BYTES.partition }] : [],
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
      partitions.map((data) => ({ slot: this.layout.slotOf(topicName, data.partition), data })),
    );
  }

  /**
   * The first batch of a fetch can begin before the offset that was asked for. Control records, and those of an aborted transaction, move
   * the place, no more.
   */
  private chunkOf(slot: number, from: number, { messages, abortedTransactions }: FetchedPartition): LogChunk | undefined {
    const last = messages.at(-1);
    if (!last || Number(last.offset) < from) return undefined;
    const topic = this.layout.topicOf(slot);
    const records = withoutAborted({ messages, abortedTransactions })
      .filter(({ offset, isControlRecord }) => Number(offset) >= from && !isControlRecord)
      .map((message) => recordOf(slot, topic, message));
    return { slot, records, next: Number(last.offset) + 1 };
  }

  private async offsets(fromTimestamp: number): Promise<LogPosition> {
    const topics = this.layout.topics.map((topic) => ({
      topic,
      partitions: this.layout.slotsOf(topic).map((_, partition) => ({ partition })),
      fromTimestamp,
    }));
    const position: LogPosition = [];
    for (const { topic, partitions } of await this.cluster.fetchTopicsOffset(topics)) {
      for (const { partition, offset } of partitions) position[this.layout.slotOf(topic, partition)] = Number(offset);
    }
    return position;
  }
}

/** Records of a transaction that is still open are not to be read yet. */
const readableEnd = ({ highWatermark, lastStableOffset }: FetchedPartition): number =>
  Math.min(Number(highWatermark), lastStableOffset === undefined ? Infinity : Number(lastStableOffset));

const recordOf = (slot: number, topic: string, { offset, timestamp, key, value, headers }: FetchedMessage): LogRecord => ({
  ...{ slot, topic, offset: Number(offset), timestamp: Number(timestamp) },
  ...{ key, value, headers },
});
