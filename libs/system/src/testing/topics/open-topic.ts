import { createRequire } from 'node:module';
import type { Kafka, KafkaMessage } from 'kafkajs';

const EARLIEST = -2;
const LATEST = -1;
const READ_COMMITTED = 1;
/** All partitions of a test's topic have room in one answer: a partition without records in it has none. */
const FETCH_BYTES = { partition: 4 * 1024 * 1024, all: 50 * 1024 * 1024 } as const;
const WAIT_MS = 100;

interface FetchedPartition {
  partition: number;
  highWatermark: string;
  lastStableOffset?: string;
}
interface Broker {
  fetch(request: object): Promise<{ responses: { partitions: FetchedPartition[] }[] }>;
}
/** The part of kafkajs's cluster that its own consumers use. */
interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[];
  fetchTopicsOffset(topics: object[]): Promise<{ partitions: { partition: number; offset: string }[] }[]>;
  findBroker(node: { nodeId: number }): Promise<Broker>;
}

const require = createRequire(import.meta.url);
interface FetchedBatch {
  messages: KafkaMessage[];
  /** Also records of transactions. */
  messagesWithinOffset: KafkaMessage[];
}
const FetchedBatch = require('kafkajs/src/consumer/batch') as new (
  topic: string,
  from: string,
  data: FetchedPartition,
) => FetchedBatch;

/** Records of one partition, and the offset to go on at. */
interface Chunk {
  partition: number;
  messages: KafkaMessage[];
  next: number;
}

/** Offsets by partition. */
export type Offsets = Map<number, number>;

/**
 * A topic that is read without a consumer group: to join and to leave one takes a third of a second.
 * Trap: kafkajs has no public API for that. So this uses the factory that kafkajs passes to its own consumers; the version is pinned.
 */
export class OpenTopic {
  private constructor(
    private readonly cluster: Cluster,
    private readonly topic: string,
  ) {}

  static async open(kafka: Kafka, topic: string): Promise<OpenTopic> {
    const cluster = clusterOf(kafka);
    try {
      await cluster.connect();
      await cluster.addTargetTopic(topic);
      return new OpenTopic(cluster, topic);
    } catch (error) {
      await cluster.disconnect().catch(() => undefined);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.cluster.disconnect().catch(() => undefined);
  }

  /** The first offsets that are retained. */
  starts(): Promise<Offsets> {
    return this.offsets(EARLIEST);
  }

  /** The offsets that the next records will get. */
  ends(): Promise<Offsets> {
    return this.offsets(LATEST);
  }

  /** Waits shortly for records from these offsets on. */
  async fetch(from: Offsets): Promise<Chunk[]> {
    const leaders = Map.groupBy(this.cluster.findTopicPartitionMetadata(this.topic), ({ leader }) => leader);
    const fetched = [...leaders].map(async ([nodeId, partitions]) => {
      const broker = await this.cluster.findBroker({ nodeId });
      const wanted = partitions.map(({ partitionId: partition }) => ({
        partition,
        fetchOffset: String(from.get(partition)),
        maxBytes: FETCH_BYTES.partition,
      }));
      const { responses } = await broker.fetch({
        isolationLevel: READ_COMMITTED,
        maxWaitTime: WAIT_MS,
        minBytes: 1,
        maxBytes: FETCH_BYTES.all,
        topics: [{ topic: this.topic, partitions: wanted }],
      });
      return responses.flatMap((response) => response.partitions);
    });
    return (await Promise.all(fetched)).flat().flatMap((data) => this.readBatch(data, from.get(data.partition)!));
  }

  /** An offset that holds no record, below the end, is one that compaction has emptied. */
  private readBatch(data: FetchedPartition, from: number): Chunk[] {
    const { partition, highWatermark, lastStableOffset = highWatermark } = data;
    const { messages, messagesWithinOffset } = new FetchedBatch(this.topic, String(from), data);
    const last = messagesWithinOffset.at(-1);
    if (last) return [{ partition, messages, next: Number(last.offset) + 1 }];
    return from < Math.min(Number(highWatermark), Number(lastStableOffset)) ? [{ partition, messages: [], next: from + 1 }] : [];
  }

  private async offsets(fromTimestamp: number): Promise<Offsets> {
    const partitions = this.cluster.findTopicPartitionMetadata(this.topic).map(({ partitionId: partition }) => ({ partition }));
    const [found] = await this.cluster.fetchTopicsOffset([{ topic: this.topic, partitions, fromTimestamp }]);
    return new Map(found!.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  }
}

type CreateCluster = (options: { allowAutoTopicCreation: boolean; metadataMaxAge: number }) => Cluster;
const METADATA_MAX_AGE_MS = 300_000;

function clusterOf(kafka: Kafka): Cluster {
  const factory = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === 'private:Kafka:createCluster');
  if (!factory) throw new Error('This version of kafkajs has no cluster factory.');
  const create = (kafka as unknown as Record<symbol, CreateCluster>)[factory]!;
  return create({ allowAutoTopicCreation: false, metadataMaxAge: METADATA_MAX_AGE_MS });
}
