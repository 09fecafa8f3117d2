import { EVENTS, topicOf, type TopicName } from '#app/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { backOffMs, shareRuns, Turns } from '#app/timing';
import { Logger } from '@nestjs/common';
import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { Kafka } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Authenticate } from './authenticity.js';
import { BatchDelivery } from './batch-delivery.js';
import { BatchProcessor } from './batch-processor.js';
import type { FailureJudge } from './consume-failure.js';
import { ConsumerSession, PARTITIONS_AT_ONCE } from './consumer-session.js';
import type { ForgetNotes } from './consumer-offsets.js';
import { databaseAnswers } from './database-check.js';
import { ConsumerState, type ConsumerReport } from './consumer-state.js';
import { DeadLetters } from './dead-letters.js';
import { ParkedRecords } from './parked-records.js';
import type { PartitionLag } from './starting-offsets.js';

const RETRY = { firstMs: 200, longestMs: 5_000 } as const;

export interface KafkaEventOptions {
  kafka: Kafka;
  /** The client's id: members of the group with another one are other programs. */
  clientId: string;
  /** Full name of the consumer group. */
  groupId: string;
  /** Topics to read; each of their event types needs a handler. */
  topics: readonly TopicName[];
  /** Topic for dead letters. */
  deadLetterTopic: TopicName;
  topicPrefix: string;
  /** Database of `consumer_offset` and `parked_record`, and of the handlers' tables. */
  em: EntityManager;
  /** The app's part of the judgement of failures. */
  judge?: FailureJudge;
  /** The app's judgement of who wrote a record; without it every record counts as genuine. */
  authenticate?: Authenticate | undefined;
  /** Deletes the app's own notes about a partition's log, which would be wrong about the records of a topic that was made again. */
  forgetNotes?: ForgetNotes;
  /** Longest time of a handler for one batch, in milliseconds; after it the member leaves the group. */
  handlerTimeoutMs?: number;
  /** Pause before a stopped partition is tried again, in milliseconds. */
  stoppedRetryMs?: number;
  /** How long a partition may stand still though its log continues, in milliseconds. */
  standstillMs?: number;
}

/**
 * Nest transport that passes Kafka records to `@EventPattern` handlers in batches of one partition.
 *
 * A handler is done when its promise resolves, and stores the batch's offset in its own transaction. Failures of database
 * and broker are retried until they end; a record that can never be applied is dead-lettered; a wrong set-up stops its partition.
 * Trap: a consumer needs {@link RethrowFilter}, since Nest replaces the error that a handler throws.
 */
export class KafkaEventStrategy extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  protected override readonly logger = new Logger(KafkaEventStrategy.name);
  private readonly state = new ConsumerState();
  private readonly closing = new AbortController();
  private readonly deadLetters: DeadLetters;
  private readonly turns = new Turns(PARTITIONS_AT_ONCE);
  private session: ConsumerSession | undefined;
  private supervision: Promise<void> = Promise.resolve();

  constructor(private readonly options: KafkaEventOptions) {
    super();
    this.deadLetters = new DeadLetters(options.kafka, topicOf(options.deadLetterTopic, options.topicPrefix));
  }

  /** Starts to consume; the broker need not be reachable yet. */
  listen(callback: (error?: unknown) => void): void {
    try {
      this.requireHandlers();
    } catch (error) {
      return callback(error);
    }
    this.supervision = this.supervise();
    callback();
  }

  /** Finishes the batch under way and leaves the group. */
  async close(): Promise<void> {
    this.closing.abort();
    this.session?.stop('closing');
    await this.supervision;
    await this.deadLetters.close();
  }

  get groupId(): string {
    return this.options.groupId;
  }

  report(): ConsumerReport {
    return this.state.report();
  }

  /**
   * Records not yet applied, over all partitions of the topics.
   * @throws while the broker or the database is away
   */
  async lag(): Promise<number> {
    return (await this.lagByPartition()).reduce((sum, { records }) => sum + records, 0);
  }

  /** Records not yet applied, by full topic name; callers at once share an answer. @throws while the broker or the database is away */
  readonly lagByPartition = shareRuns(async (): Promise<PartitionLag[]> => {
    if (!this.session) throw new Error('The consumer is not connected.');
    return this.session.lag();
  });

  on(): never {
    throw new Error('on() is not supported: use report().');
  }

  unwrap<T>(): T {
    return this.session as T;
  }

  private async supervise(): Promise<void> {
    for (let failures = 1; !this.closing.signal.aborted; failures++) {
      const startedAt = performance.now();
      await this.consume();
      if (performance.now() - startedAt > 60_000) failures = 1;
      await delay(backOffMs(failures, RETRY), undefined, { signal: this.closing.signal }).catch(() => undefined);
    }
  }

  private async consume(): Promise<void> {
    if (!(await databaseAnswers(this.options.em))) return this.tell('the database does not answer');
    // `close` has seen no session that it could stop.
    if (this.closing.signal.aborted) return;
    const session = this.newSession();
    this.session = session;
    try {
      this.tell(await session.run());
    } catch (err) {
      this.tell('cannot connect', err);
    } finally {
      await session.close();
    }
  }

  /** Logs each loss of the group once, however many attempts it takes to join again. */
  private tell(reason: string, err?: unknown): void {
    if (this.closing.signal.aborted) return;
    const level = this.state.isNewAbsence() ? 'warn' : 'debug';
    this.logger[level]({ msg: 'Out of the consumer group; trying to be back.', reason, ...(err === undefined ? {} : { err }) });
  }

  private newSession(): ConsumerSession {
    const { options, state, logger, deadLetters } = this;
    const delivery = new BatchDelivery({
      em: options.em,
      handlerOf: (type) => this.messageHandlers.get(type),
      handlerTimeoutMs: options.handlerTimeoutMs ?? 30_000,
      state,
      logger,
    });
    return new ConsumerSession({
      kafka: options.kafka,
      clientId: options.clientId,
      groupId: options.groupId,
      topics: options.topics.map((topic) => topicOf(topic, options.topicPrefix)),
      em: options.em,
      forgetNotes: options.forgetNotes,
      processor: new BatchProcessor({
        delivery,
        deadLetters,
        state,
        logger,
        judge: options.judge,
        authenticate: options.authenticate,
        parked: new ParkedRecords(options.em),
      }),
      turns: this.turns,
      state,
      logger,
      stoppedRetryMs: options.stoppedRetryMs ?? 15_000,
      standstillMs: options.standstillMs ?? 15_000,
    });
  }

  private requireHandlers(): void {
    for (const { type, topic } of Object.values(EVENTS)) {
      if (!this.options.topics.includes(topic)) continue;
      const handler = this.getHandlerByPattern(type);
      if (!handler) throw new Error(`No handler for ${type}, which is on a subscribed topic.`);
      if (handler.next) throw new Error(`More than one handler for ${type}.`);
    }
  }
}
