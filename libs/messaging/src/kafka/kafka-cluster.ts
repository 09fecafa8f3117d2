import { createRequire } from 'node:module';
import type { IHeaders, Kafka } from 'kafkajs';
import { sendUnjudged, type RequestTarget } from './broker-request.js';

const require = createRequire(import.meta.url);

/** A record as kafkajs decodes it from a fetch. */
export interface FetchedMessage {
  offset: string;
  timestamp: string;
  key: Buffer | null;
  value: Buffer | null;
  headers?: IHeaders;
  attributes: number;
  isControlRecord?: boolean;
  /** Of the batch that it was sent in. */
  batchContext: { producerId: string; inTransaction: boolean };
}

export interface FetchedPartition {
  partition: number;
  errorCode: number;
  highWatermark: string;
  /** Offset before which no transaction is open. */
  lastStableOffset?: string;
  abortedTransactions?: readonly object[] | undefined;
  /** The node to fetch from in the leader's place, or -1. */
  preferredReadReplica?: number | undefined;
  messages: FetchedMessage[];
}

export interface FetchRequest {
  isolationLevel: number;
  maxWaitTime: number;
  minBytes: number;
  maxBytes: number;
  topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
}

interface OffsetCommitRequest {
  groupId: string;
  groupGenerationId: number;
  memberId: string;
  topics: { topic: string; partitions: { partition: number; offset: string }[] }[];
}

/** A partition's description; a leader of -1 means that it has no leader. */
interface PartitionMetadata {
  partitionId: number;
  leader: number;
}

/** A node of the cluster. */
export interface KafkaBroker extends RequestTarget {
  fetch(request: FetchRequest): Promise<{ responses: { topicName: string; partitions: FetchedPartition[] }[] }>;
  initProducerId(request: { transactionTimeout: number }): Promise<{ producerId: string; producerEpoch: number }>;
  metadata(topics: string[]): Promise<unknown>;
}

/** The part of kafkajs's cluster that its own consumers use. */
export interface KafkaCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: string[]): Promise<void>;
  findTopicPartitionMetadata(topic: string): PartitionMetadata[];
  fetchTopicsOffset(
    topics: { topic: string; partitions: { partition: number }[]; fromTimestamp: number }[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
  findBroker(node: { nodeId: number }): Promise<KafkaBroker>;
  readonly brokerPool: {
    findConnectedBroker(): Promise<KafkaBroker>;
    createBroker(options: unknown): KafkaBroker;
  };
  findGroupCoordinator(group: { groupId: string }): Promise<{ offsetCommit(request: OffsetCommitRequest): Promise<unknown> }>;
}

type CreateCluster = (options: { allowAutoTopicCreation: boolean; metadataMaxAge: number }) => KafkaCluster;

const METADATA_MAX_AGE_MS = 300_000;

/**
 * Separate connections to the cluster, for fetches outside any consumer group.
 *
 * Trap: kafkajs has no public API for that, and its consumer answers an offset that is out of range by jumping elsewhere.
 * So this uses the factory that kafkajs passes to its own consumers; the version is pinned.
 */
export function createCluster(kafka: Kafka): KafkaCluster {
  const factory = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === 'private:Kafka:createCluster');
  if (!factory) throw new Error('This version of kafkajs has no cluster factory.');
  const create = (kafka as unknown as Record<symbol, CreateCluster>)[factory]!;
  const cluster = create({ allowAutoTopicCreation: false, metadataMaxAge: METADATA_MAX_AGE_MS });
  acceptFaultyPartitions(cluster);
  return cluster;
}

/** Trap: kafkajs drops the metadata of all topics where one topic is missing or one partition has no leader. */
function acceptFaultyPartitions({ brokerPool }: KafkaCluster): void {
  const createBroker = brokerPool.createBroker.bind(brokerPool);
  brokerPool.createBroker = (options) => {
    const broker = createBroker(options);
    broker.metadata = (topics) => sendUnjudged(broker, 'Metadata', { topics, allowAutoTopicCreation: false });
    return broker;
  };
}

/** The messages of a fetch, without those of aborted transactions. */
export const withoutAborted = require('kafkajs/src/consumer/filterAbortedMessages') as (
  fetched: Pick<FetchedPartition, 'messages' | 'abortedTransactions'>,
) => FetchedMessage[];

/** Whether a fetch asked for an offset that the log does not have: deleted, or not written yet. */
export const isOutOfRange = (error: unknown): boolean => (error as { name?: unknown })?.name === 'KafkaJSOffsetOutOfRange';
