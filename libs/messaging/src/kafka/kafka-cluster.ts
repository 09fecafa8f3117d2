import type { IHeaders, Kafka } from 'kafkajs';

/** A record as kafkajs decodes it from a fetch. */
export interface FetchedMessage {
  offset: string;
  timestamp: string;
  key: Buffer | null;
  value: Buffer | null;
  headers?: IHeaders;
  isControlRecord?: boolean;
}

export interface FetchedPartition {
  partition: number;
  highWatermark: string;
  messages: FetchedMessage[];
}

export interface FetchRequest {
  isolationLevel: number;
  maxWaitTime: number;
  minBytes: number;
  maxBytes: number;
  topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
}

export interface OffsetCommitRequest {
  groupId: string;
  groupGenerationId: number;
  memberId: string;
  topics: { topic: string; partitions: { partition: number; offset: string }[] }[];
}

/** What is used of the part of kafkajs that its own consumers stand on. */
export interface KafkaCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: string[]): Promise<void>;
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[];
  fetchTopicsOffset(
    topics: { topic: string; partitions: { partition: number }[]; fromTimestamp: number }[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
  findBroker(node: { nodeId: number }): Promise<{
    fetch(request: FetchRequest): Promise<{ responses: { topicName: string; partitions: FetchedPartition[] }[] }>;
  }>;
  findGroupCoordinator(group: { groupId: string }): Promise<{ offsetCommit(request: OffsetCommitRequest): Promise<unknown> }>;
}

type CreateCluster = (options: { allowAutoTopicCreation: boolean; metadataMaxAge: number }) => KafkaCluster;

const METADATA_MAX_AGE_MS = 300_000;

/**
 * Connections of their own to the cluster, for fetches outside any consumer group.
 *
 * Trap: kafkajs offers no such reading in public, and its consumer answers an offset that is out of range by going on elsewhere,
 * so the way in is the factory that it hands to its own consumers; the version is pinned.
 */
export function createCluster(kafka: Kafka): KafkaCluster {
  const factory = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === 'private:Kafka:createCluster');
  if (!factory) throw new Error('This version of kafkajs creates its clusters in another way.');
  const create = (kafka as unknown as Record<symbol, CreateCluster>)[factory]!;
  return create({ allowAutoTopicCreation: false, metadataMaxAge: METADATA_MAX_AGE_MS });
}

/** Whether a fetch asked for what the log does not hold: it was deleted, or never there. */
export const isOutOfRange = (error: unknown): boolean => (error as { name?: unknown })?.name === 'KafkaJSOffsetOutOfRange';
