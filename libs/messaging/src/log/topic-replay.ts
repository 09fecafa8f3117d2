import type { EntityManager } from '@mikro-orm/postgresql';
import { Logger } from '@nestjs/common';
import type { Kafka, KafkaMessage } from 'kafkajs';
import type { Authenticate } from '../consumer/authenticity.js';
import { BatchDelivery, type Handler } from '../consumer/batch-delivery.js';
import { BatchProcessor } from '../consumer/batch-processor.js';
import type { FailureJudge } from '../consumer/consume-failure.js';
import { ConsumerState, type ConsumerReport, type StoppedPartition } from '../consumer/consumer-state.js';
import type { BatchPosition } from '../consumer/event-batch.js';
import { TopicScan, type TopicScanOptions } from './topic-scan.js';
import type { LogRecord } from './topic-log.js';
import { LOST } from '../consumer/record-attempts.js';
import type { ParkedRecords } from '../consumer/parked-records.js';

const HANDLER_TIMEOUT_MS = 60_000;

interface TopicReplayOptions extends TopicScanOptions {
  /** How far the app itself has applied the topic: earlier bad records never count as bad records in a row. */
  judged?: readonly BatchPosition[] | undefined;
  kafka: Kafka;
  /** Full name of the topic. */
  topic: string;
  /** The database that the handlers write to and store their offsets in. */
  em: EntityManager;
  /** The handler of an event type; undefined where the app has no handler for it. */
  handlerOf: (type: string) => Handler | undefined;
  judge: FailureJudge;
  authenticate?: Authenticate | undefined;
  parked: Pick<ParkedRecords, 'has'>;
}

/** The replay met a record that would stop the app's own partition. */
export class ReplayStopped extends Error {
  override readonly name = 'ReplayStopped';

  constructor({ topic, partition, offset, reason }: StoppedPartition) {
    super(`Stopped at offset ${offset} of ${topic}, partition ${partition}: ${reason}`);
  }
}

/**
 * Gives a topic from its beginning to an app's own handlers, outside its consumer group. Batches, order and the judgement of
 * failures are the app's. A record that can't be applied is not dead-lettered again.
 */
export class TopicReplay {
  private readonly state = new ConsumerState();
  private readonly processor: BatchProcessor;

  private constructor(
    private readonly scan: TopicScan,
    private readonly options: TopicReplayOptions,
  ) {
    const { state } = this;
    for (const position of options.judged ?? []) state.noteJudged(position, position.nextOffset);
    const { em, handlerOf, judge, authenticate, parked } = options;
    const logger = new Logger(TopicReplay.name);
    this.processor = new BatchProcessor({
      delivery: new BatchDelivery({ em, handlerOf, handlerTimeoutMs: HANDLER_TIMEOUT_MS, state, logger }),
      deadLetters: { keep: () => Promise.resolve() },
      state,
      logger,
      judge,
      authenticate,
      parked,
    });
  }

  static async open(options: TopicReplayOptions): Promise<TopicReplay> {
    return new TopicReplay(await TopicScan.open(options.kafka, [options.topic], options), options);
  }

  /** Continues to the topic's present end. @throws {ReplayStopped} */
  async catchUp(): Promise<void> {
    await this.scan.toEnd((partitionIndex, records) => this.take(this.scan.partitionOf(partitionIndex), records));
  }

  /** Records so far, by outcome. */
  get counts(): Pick<ConsumerReport, 'applied' | 'skipped' | 'deadLettered' | 'unauthentic'> {
    const { applied, skipped, deadLettered, unauthentic } = this.state;
    return { applied, skipped, deadLettered, unauthentic };
  }

  async close(): Promise<void> {
    await this.scan.close();
  }

  private async take(partition: number, records: LogRecord[]): Promise<void> {
    const { topic, signal } = this.options;
    const assignment = {
      isAssigned: () => signal?.aborted !== true,
      heartbeat: () => Promise.resolve(),
      inTurn: <T>(work: () => Promise<T>) => work(),
      resolve: () => undefined,
    };
    const outcome = await this.processor.process(records.map(messageOf), { topic, partition }, assignment);
    if (outcome === 'done') return;
    signal?.throwIfAborted();
    const [stopped] = this.state.report().stopped;
    if (stopped) throw new ReplayStopped(stopped);
    throw new Error(`The replay cannot go on: ${LOST[outcome] ?? outcome}.`);
  }
}

const messageOf = ({ key, value, headers, offset, timestamp }: LogRecord): KafkaMessage => ({
  key,
  value,
  offset: String(offset),
  timestamp: String(timestamp),
  attributes: 0,
  ...(headers === undefined ? {} : { headers }),
});
