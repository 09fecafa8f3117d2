import type { Kafka } from 'kafkajs';
import { partitionOf } from '../kafka/kafka-client.js';
import { PartitionProducer } from '../kafka/partition-producer.js';
import { TopicMismatch } from '../kafka/topics.js';
import type { PartitionFailure, PartitionName } from './blocked-partitions.js';
import { sendToLeader, type SendOptions } from './leader-send.js';
import { SendSpans } from './send-spans.js';
import { batchesOf, type PartitionBatch } from './partition-batches.js';
import type { PendingRow } from './pending-rows.js';

/** Outcome of a pass. */
export interface PublishResult {
  /** Rows that the broker acknowledged. */
  published: number[];
  /** Partitions that accepted only a part of their rows, or no row. */
  failed: PartitionFailure[];
  /** Why nothing could be tried: no broker answers. */
  failure: unknown;
}

export interface PublisherOptions extends SendOptions {
  /** Number of partitions that each topic must have, since the order of a key depends on it; not checked where absent. */
  partitions?: number | undefined;
  connect?: () => Promise<Pick<PartitionProducer, 'leadersOf' | 'reach' | 'send' | 'abort' | 'close'>>;
}

type Producer = Awaited<ReturnType<NonNullable<PublisherOptions['connect']>>>;

/**
 * Sends rows to Kafka in order and reports the acknowledged ones. A failed partition does not affect the others.
 * A producer is replaced after its first failure, together with what it knows about the cluster.
 */
export class OutboxPublisher {
  private current: Producer | undefined;
  /** Leaders of each topic's partitions, as of the first send after the last failure. */
  private readonly leaders = new Map<string, number[]>();
  private readonly partitionCounts = new Map<string, number>();

  constructor(
    private readonly kafka: Kafka,
    private readonly options: PublisherOptions = {},
  ) {}

  async publish(rows: readonly PendingRow[]): Promise<PublishResult> {
    try {
      const producer = (this.current ??= await this.connect());
      const { known, failed } = await this.lookUp(producer, rows);
      const { led, leaderless } = this.byLeader(known);
      const spans = SendSpans.begin(known);
      const results = await Promise.all(
        [...led].map(([leader, batches]) =>
          sendToLeader(producer, leader, batches, spans?.stamped(this.options) ?? this.options),
        ),
      );
      const result = {
        published: results.flatMap(({ published }) => published),
        failed: [...failed, ...leaderless, ...results.flatMap((each) => each.failed)],
        failure: undefined,
      };
      spans?.end(result.published);
      if (result.failed.length > 0) await this.discardProducer();
      return result;
    } catch (failure) {
      await this.discardProducer();
      return { published: [], failed: [], failure };
    }
  }

  /** The partition of a row; undefined until its topic was looked up. */
  partitionOf({ topic, key }: Pick<PendingRow, 'topic' | 'key'>): number | undefined {
    const count = this.partitionCounts.get(topic);
    return count === undefined ? undefined : partitionOf(key, count);
  }

  /** Whether a broker answers; for what failed also whether its topic is as it must be, and its leader answers. */
  async canReach(failed: PartitionName | null): Promise<boolean> {
    try {
      const producer = (this.current ??= await this.connect());
      if (!failed) return true;
      const { topic, partition } = failed;
      if (await this.lookUpTopic(producer, topic)) return false;
      if (partition !== null) await producer.reach(this.leaders.get(topic)![partition]!);
      return true;
    } catch {
      return false;
    } finally {
      await this.discardProducer();
    }
  }

  async close(): Promise<void> {
    await this.discardProducer();
  }

  private connect(): Promise<Producer> {
    return this.options.connect ? this.options.connect() : PartitionProducer.connect(this.kafka);
  }

  private async discardProducer(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    this.leaders.clear();
    await current?.close();
  }

  /** Looks up the rows' topics; an unusable topic fails alone. */
  private async lookUp(
    producer: Producer,
    rows: readonly PendingRow[],
  ): Promise<{ known: PendingRow[]; failed: PartitionFailure[] }> {
    const known: PendingRow[] = [];
    const failed: PartitionFailure[] = [];
    for (const [topic, ofTopic] of Map.groupBy(rows, (row) => row.topic)) {
      const error = await this.lookUpTopic(producer, topic);
      if (error) failed.push({ topic, partition: null, error, rows: ofTopic });
      else known.push(...ofTopic);
    }
    return { known, failed };
  }

  private async lookUpTopic(producer: Producer, topic: string): Promise<Error | undefined> {
    if (this.leaders.has(topic)) return undefined;
    const leaders = await producer.leadersOf(topic);
    const { partitions: wanted = leaders.length } = this.options;
    if (leaders.length === 0) return new Error('The topic is missing or may not be read.');
    if (leaders.length !== wanted)
      return new TopicMismatch(`Topic ${topic} has ${leaders.length} partitions, must have ${wanted}.`);
    this.leaders.set(topic, leaders);
    this.partitionCounts.set(topic, leaders.length);
    return undefined;
  }

  private byLeader(rows: readonly PendingRow[]): { led: Map<number, PartitionBatch[]>; leaderless: PartitionFailure[] } {
    const batches = batchesOf(rows, (row) => this.partitionOf(row)!);
    const led = Map.groupBy(batches, ({ topic, partition }) => this.leaders.get(topic)![partition]!);
    const leaderless = (led.get(-1) ?? []).map((batch) => ({ ...batch, error: new Error('The partition has no leader.') }));
    led.delete(-1);
    return { led, leaderless };
  }
}
