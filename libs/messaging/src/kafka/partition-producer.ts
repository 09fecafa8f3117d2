import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { AbortableConnections } from './abortable-connections.js';
import { brokerError } from './broker-request.js';
import { createCluster, type KafkaCluster } from './kafka-cluster.js';
import { REQUEST_TIMEOUT_MS } from './kafka-client.js';
import { produceRequest, type PartitionAnswer, type PartitionRecords } from './produce-request.js';

const IDENTITY_WAIT_MS = 10_000;
const IDENTITY_POLL_MS = 50;

interface ProducerIdentity {
  producerId: string;
  producerEpoch: number;
}

/**
 * An idempotent producer that reports the result of each partition separately, and never retries.
 *
 * Traps of kafkajs: it fails a send with the first partition's error and drops the results of the others; it needs a leader
 * for every partition of a topic. Replace this producer after a failure: its next batch would reuse the failed batch's sequence
 * numbers, and the broker would drop it as a repetition.
 */
export class PartitionProducer {
  private readonly sequences = new Map<string, number>();

  private constructor(
    private readonly cluster: KafkaCluster,
    private readonly connections: AbortableConnections,
    private readonly identity: ProducerIdentity,
  ) {}

  /** @throws {Error} where no broker answers */
  static async connect(kafka: Kafka): Promise<PartitionProducer> {
    const connections = new AbortableConnections();
    const cluster = createCluster(kafka);
    try {
      const identity = await connections.run(async () => {
        await cluster.connect();
        return newIdentity(cluster);
      });
      return new PartitionProducer(cluster, connections, identity);
    } catch (error) {
      connections.abort();
      await cluster.disconnect().catch(() => undefined);
      throw error;
    }
  }

  /** The leader of each partition of a topic, -1 where it has no leader; empty where the topic is missing or may not be seen. */
  async leadersOf(topic: string): Promise<number[]> {
    await this.connections.run(() => this.cluster.addMultipleTargetTopics([topic]));
    return this.cluster
      .findTopicPartitionMetadata(topic)
      .toSorted((a, b) => a.partitionId - b.partitionId)
      .map(({ leader }) => leader);
  }

  /** Connects to a node. @throws {Error} where the node does not answer, or there is none (-1) */
  async reach(leader: number): Promise<void> {
    await this.connections.run(() => this.cluster.findBroker({ nodeId: leader }));
  }

  /**
   * Sends partitions to the node that leads them.
   * Trap: of two sends to one partition at the same time the broker drops one as a repetition, and acknowledges it.
   */
  async send(leader: number, batches: readonly PartitionRecords[]): Promise<PartitionAnswer[]> {
    const answers = await this.connections.run(async () => {
      const broker = await this.cluster.findBroker({ nodeId: leader });
      const sequenceOf = (topic: string, partition: number): number => this.sequenceOf(topic, partition);
      return broker.connectionPool.send(produceRequest(batches, { ...this.identity, timeoutMs: REQUEST_TIMEOUT_MS, sequenceOf }));
    });
    for (const answer of answers) if (answer.errorCode === 0) this.advance(answer, batches);
    return answers;
  }

  /** Aborts the connections, so that unsent bytes are dropped. */
  abort(): void {
    this.connections.abort();
  }

  async close(): Promise<void> {
    this.abort();
    await this.cluster.disconnect().catch(() => undefined);
  }

  private sequenceOf(topic: string, partition: number): number {
    return this.sequences.get(`${topic}/${partition}`) ?? 0;
  }

  private advance({ topic, partition }: PartitionAnswer, batches: readonly PartitionRecords[]): void {
    const sent = batches.find((batch) => batch.topic === topic && batch.partition === partition)?.records.length ?? 0;
    this.sequences.set(`${topic}/${partition}`, (this.sequenceOf(topic, partition) + sent) % 2 ** 31);
  }
}

/**
 * Asks for an identity until the broker has one. One that has just started gets its first identities from the controller, and refuses the
 * first request meanwhile, by the code that Kafka has for a coordinator that loads.
 */
async function newIdentity(cluster: KafkaCluster): Promise<ProducerIdentity> {
  for (const deadline = performance.now() + IDENTITY_WAIT_MS; ; await delay(IDENTITY_POLL_MS)) {
    try {
      const broker = await cluster.brokerPool.findConnectedBroker();
      return await broker.initProducerId({ transactionTimeout: REQUEST_TIMEOUT_MS });
    } catch (error) {
      if ((error as { type?: unknown }).type !== 'GROUP_LOAD_IN_PROGRESS' || performance.now() > deadline) throw error;
    }
  }
}

/** Why a partition rejected records. */
export const refusalOf = ({ errorCode }: PartitionAnswer): Error => brokerError(errorCode);
