import type { EntityManager } from '@mikro-orm/postgresql';
import type { Turns } from '#app/timing';
import type { Logger } from '@nestjs/common';
import type { Admin, Consumer, EachBatchPayload, IMemberAssignment, Kafka } from 'kafkajs';
import { isRebalance } from './consume-failure.js';
import type { BatchProcessor } from './batch-processor.js';
import type { ForgetNotes } from './consumer-offsets.js';
import type { ConsumerState } from './consumer-state.js';
import type { TopicPartition } from './dead-letters.js';
import { foreignMembers } from './foreign-members.js';
import { GroupOffsets } from './group-offsets.js';
import { PartitionProgress } from './partition-progress.js';
import { LOST, type Assignment, type Outcome } from './record-attempts.js';
import { TopicIds } from '../kafka/topic-ids.js';
import { StandstillWatch } from './standstill-watch.js';
import { lagBehind, type PartitionLag } from './starting-offsets.js';

/**
 * Most bytes of one fetch; a larger record comes alone. kafkajs decodes a whole fetch before its first record is processed: with
 * eight times as much a partition a replay takes some 80 MiB more, and is no faster.
 */
const FETCH_BYTES = { partition: 512 * 1024, all: 4 * 1024 * 1024 } as const;
const GROUP_MS = { session: 10_000, rebalance: 30_000, heartbeat: 1_000 } as const;
/** A kafkajs consumer that has not fetched for this long is stuck. */
const SILENCE_MS = 60_000;
const CLOSE_MS = 5_000;
/** Longest wait of the broker for records. */
const MAX_WAIT_MS = 500;
/** Partitions that work with the database at once; each takes a connection. */
export const PARTITIONS_AT_ONCE = 6;
/** How long a batch may hold up the next fetch from its broker; then its partition is paused, and the batch goes on beside the others. */
const HOLD_UP_MS = 2_000;
/** How often a partition is looked at until it counts as standing still. */
const LOOKS_A_STANDSTILL = 3;

interface SessionOptions {
  kafka: Kafka;
  clientId: string;
  groupId: string;
  topics: readonly string[];
  em: EntityManager;
  forgetNotes?: ForgetNotes | undefined;
  processor: BatchProcessor;
  /** Turns of the partitions at the database, also of those of a former session whose batches go on. */
  turns: Turns;
  state: ConsumerState;
  logger: Logger;
  /** Pause before a stopped partition is tried again, in milliseconds. */
  stoppedRetryMs: number;
  /** How long a partition may stand still though its log continues, in milliseconds. */
  standstillMs: number;
}

/** One kafkajs consumer, from its connection until it has to be replaced. */
export class ConsumerSession {
  private readonly consumer: Consumer;
  private readonly admin: Admin;
  private readonly groupOffsets: GroupOffsets;
  private readonly end = Promise.withResolvers<string>();
  private readonly timers = new Set<NodeJS.Timeout>();
  /** Batches whose partitions are paused until they end. */
  private readonly longBatches = new Set<Promise<void>>();
  private readonly progress: PartitionProgress;
  private readonly standstillWatch: StandstillWatch;
  private connecting: Promise<void> = Promise.resolve();
  private ended = false;

  constructor(private readonly options: SessionOptions) {
    const { kafka, groupId } = options;
    this.admin = kafka.admin();
    this.consumer = kafka.consumer({
      groupId,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: MAX_WAIT_MS,
      maxBytesPerPartition: FETCH_BYTES.partition,
      maxBytes: FETCH_BYTES.all,
      sessionTimeout: GROUP_MS.session,
      rebalanceTimeout: GROUP_MS.rebalance,
      heartbeatInterval: GROUP_MS.heartbeat,
      // Trap: a kafkajs consumer that restarts itself can come back without partitions; here a new one is made.
      retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 2_000, restartOnFailure: () => Promise.resolve(false) },
    });
    this.groupOffsets = new GroupOffsets(this.consumer);
    const onLost = (reason: string): void => this.stop(reason);
    const parts = { ...options, admin: this.admin, topicIds: new TopicIds(kafka), onLost };
    this.progress = new PartitionProgress({ ...parts, consumer: this.consumer });
    this.standstillWatch = new StandstillWatch({ ...parts, progress: this.progress });
  }

  /** Consumes until the consumer has to be replaced or is stopped. @returns the reason */
  async run(): Promise<string> {
    const { consumer } = this;
    this.options.state.alive();
    consumer.on(consumer.events.CRASH, ({ payload }) => this.crashed(payload.error));
    consumer.on(consumer.events.FETCH, () => this.options.state.alive());
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.joined(payload.memberAssignment));
    // A stop does not wait for a connection to a silent broker.
    this.connecting = this.connect();
    return Promise.race([this.end.promise, this.connecting.then(() => this.end.promise)]);
  }

  private async connect(): Promise<void> {
    const { consumer } = this;
    await Promise.all([this.admin.connect(), consumer.connect()]);
    if (this.ended) return;
    await consumer.subscribe({ topics: [...this.options.topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
      eachBatch: (payload) => this.eachBatch(payload),
    });
    if (this.ended) return;
    this.every(1_000, () => this.watch());
    this.every(this.options.standstillMs / LOOKS_A_STANDSTILL, () => this.standstillWatch.look());
  }

  /** Makes `run` return. */
  stop(reason: string): void {
    this.ended = true;
    this.progress.end();
    this.options.state.leave();
    this.end.resolve(reason);
  }

  /** Leaves the group, disconnects, and waits for the batches under way, unless that takes too long. */
  async close(): Promise<void> {
    this.stop('closed');
    for (const timer of this.timers) clearTimeout(timer);
    const bound = AbortSignal.timeout(CLOSE_MS);
    const late = new Promise((resolve) => bound.addEventListener('abort', resolve, { once: true }));
    const leave = async (): Promise<void> => {
      // Trap: a consumer that disconnects while it joins is still a member, and keeps its partitions from all others.
      await this.connecting.catch(() => undefined);
      await Promise.all([this.groupOffsets.settled(), this.standstillWatch.settled()]);
      await Promise.allSettled([this.consumer.disconnect(), this.admin.disconnect()]);
      await Promise.all(this.longBatches);
    };
    await Promise.race([leave(), late]);
  }

  /** Records not yet applied, by partition of the topics. */
  lag(): Promise<PartitionLag[]> {
    return lagBehind(this.options.em, this.admin, this.options.topics);
  }

  private joined(assignment: IMemberAssignment): void {
    if (this.ended) return;
    const places = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    this.options.state.join(places);
    this.options.logger.log({ msg: 'Joined the group.', group: this.options.groupId, partitions: places.length });
    this.progress.assign(places);
    void this.noticeForeignMembers();
    if (places.length === 0) void this.questionEmptiness();
  }

  private crashed(error: Error): void {
    const isRefused = (error as { type?: string }).type === 'INCONSISTENT_GROUP_PROTOCOL';
    const noticed = isRefused ? this.noticeForeignMembers() : Promise.resolve();
    void noticed.then(() => this.stop(`crashed: ${error.name}`));
  }

  private async noticeForeignMembers(): Promise<void> {
    const { clientId, groupId, topics, logger, state } = this.options;
    const others = await foreignMembers(this.admin, groupId, { clientId, topics }).catch(() => undefined);
    if (!others || this.ended) return;
    state.sharedWith = others;
    if (others.length > 0)
      logger.warn({
        msg: 'Another deployment or program uses the same consumer group: set CONSUMER_GROUP.',
        group: groupId,
        members: others,
      });
  }

  /** Trap: after an outage a member can join without any partition (kafkajs#659, nest#9484). */
  private async questionEmptiness(): Promise<void> {
    const { groupId, topics } = this.options;
    const [groups, metadata] = await Promise.all([
      this.admin.describeGroups([groupId]),
      this.admin.fetchTopicMetadata({ topics: [...topics] }),
    ]).catch(() => []);
    if (!groups || !metadata) return this.stop('joined without partitions');
    const partitions = metadata.topics.reduce((sum, topic) => sum + topic.partitions.length, 0);
    const members = groups.groups[0]?.members.length ?? 0;
    if (members <= partitions) this.stop('joined without partitions');
  }

  /** Trap: kafkajs fetches from a broker only after all batches of the last fetch from it are done. */
  private async eachBatch(payload: EachBatchPayload): Promise<void> {
    const { promise: isLate, resolve } = Promise.withResolvers<'late'>();
    const timer = setTimeout(resolve, HOLD_UP_MS, 'late');
    const work = this.take(payload);
    const end = await Promise.race([work, isLate]).finally(() => clearTimeout(timer));
    if (end === 'late') this.goOnBeside(work, payload.pause());
    if (end === 'stopped') this.tryLater(payload.pause());
  }

  /** Waits for a batch of a paused partition. kafkajs learns of a rebalance by heartbeats of its own. */
  private goOnBeside(work: Promise<Outcome>, resume: () => void): void {
    const rest = work
      .then((outcome) => (outcome === 'stopped' ? this.tryLater(resume) : resume()), resume)
      .finally(() => this.longBatches.delete(rest));
    this.longBatches.add(rest);
  }

  private async take(payload: EachBatchPayload): Promise<Outcome> {
    const { topic, partition, messages } = payload.batch;
    const place = { topic, partition };
    const assignment = this.assignmentOf(payload, place);
    const done = this.standstillWatch.working(place);
    try {
      if (!(await this.progress.isPlaced(assignment))) return 'released';
      await this.progress.noticeNewLog(place, Number(messages[0]!.offset));
      const outcome = await this.options.processor.process(messages, place, assignment);
      const reason = LOST[outcome];
      if (reason !== undefined) this.stop(reason);
      return outcome;
    } catch (err) {
      // Trap: an error other than a rebalance stops a kafkajs consumer for ever, or counts towards that as long as it lives.
      if (isRebalance(err)) throw err;
      this.options.logger.error({ msg: 'Consumer failed.', ...place, err });
      this.stop('failed');
      return 'released';
    } finally {
      done();
    }
  }

  private assignmentOf(payload: EachBatchPayload, place: TopicPartition): Assignment {
    const { joins } = this.progress;
    // Trap: where the fetch from one broker makes the member join again, batches of other brokers go on.
    const isCurrent = (): boolean => this.progress.joins === joins && !payload.isStale();
    const isAssigned = (): boolean => !this.ended && payload.isRunning() && isCurrent();
    return {
      isAssigned,
      inTurn: (work) =>
        this.options.turns.run(() => (isAssigned() ? work() : Promise.reject(new Error('The assignment has ended.')))),
      heartbeat: async () => {
        this.options.state.alive();
        await payload.heartbeat().catch((error: unknown) => {
          if (isRebalance(error)) throw error;
        });
      },
      resolve: ({ offset }) => {
        if (!isCurrent()) return;
        const position = { ...place, nextOffset: Number(offset) + 1 };
        payload.resolveOffset(offset);
        this.progress.note(position);
        this.groupOffsets.note(position);
      },
    };
  }

  private tryLater(resume: () => void): void {
    if (this.ended) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      resume();
    }, this.options.stoppedRetryMs);
    this.timers.add(timer);
  }

  private every(ms: number, work: () => void): void {
    this.timers.add(setInterval(work, ms));
  }

  private watch(): void {
    if (performance.now() - this.options.state.lastSignOfLife > SILENCE_MS) this.stop('no fetch for too long');
  }
}
