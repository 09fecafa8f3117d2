import type { EntityManager } from '@mikro-orm/postgresql';
import type { Logger } from '@nestjs/common';
import type { Admin, Kafka } from 'kafkajs';
import type { TopicIds } from '../kafka/topic-ids.js';
import { nextRecordFrom } from '../log/next-record.js';
import { readOffsets, storeOffset } from './consumer-offsets.js';
import { partitionName, type ConsumerState } from './consumer-state.js';
import type { TopicPartition } from './dead-letters.js';
import type { BatchPosition } from './event-batch.js';
import type { PartitionProgress } from './partition-progress.js';
import { logBounds } from './starting-offsets.js';

/** The topics' ids are fetched once in this many checks. */
const LOOKS_AN_ID = 6;

interface StandstillParts {
  kafka: Kafka;
  admin: Admin;
  topicIds: Pick<TopicIds, 'read'>;
  topics: readonly string[];
  em: EntityManager;
  progress: PartitionProgress;
  state: ConsumerState;
  logger: Logger;
  /** How long a partition may stand still though its log continues, in milliseconds. */
  standstillMs: number;
  /** The consumer has to be replaced. */
  onLost: (reason: string) => void;
}

/**
 * Detects partitions that are not read on though their logs hold more, and topics that were recreated while the consumer ran, and a
 * database that has lost commits while no records came.
 * Skips offsets without a record, which compaction, transactions and their markers leave.
 */
export class StandstillWatch {
  private readonly atWork = new Set<string>();
  private readonly standing = new Map<string, { next: number; since: number }>();
  private looking: Promise<void> | undefined;
  private looks = 0;
  private ids: Map<string, string> | undefined;

  constructor(private readonly parts: StandstillParts) {}

  /** Notes that records of a partition are processed. @returns ends the note */
  working(place: TopicPartition): () => void {
    const name = partitionName(place);
    this.atWork.add(name);
    this.standing.delete(name);
    return () => void this.atWork.delete(name);
  }

  /** While broker or database is away there is nothing to check. */
  look(): void {
    this.looking ??= this.lookAtAll()
      .catch((err: unknown) => this.parts.logger.debug({ msg: 'Partitions cannot be checked.', err }))
      .finally(() => (this.looking = undefined));
  }

  async settled(): Promise<void> {
    await this.looking;
  }

  private async lookAtAll(): Promise<void> {
    const { admin, topics, progress } = this.parts;
    await this.lookAtOffsets();
    if (this.looks++ % LOOKS_AN_ID === 0) await this.lookAtIds();
    const bounds = await logBounds(admin, topics);
    for (const position of progress.positions) {
      const high = bounds.get(partitionName(position))?.high ?? 0;
      if (this.standsStill(position, high)) await this.stepOver(position);
    }
  }

  private async lookAtOffsets(): Promise<void> {
    const { em, topics, progress, state, onLost } = this.parts;
    // Noted before the database is read, where offsets go on meanwhile.
    const noted = progress.positions.map((place) => ({ name: partitionName(place), offset: state.heldOffset(place) }));
    const stored = new Map((await readOffsets(em, topics)).map((held) => [partitionName(held), held.nextOffset]));
    if (noted.some(({ name, offset }) => (stored.get(name) ?? 0) < offset)) onLost('stored offsets have gone back');
  }

  private async lookAtIds(): Promise<void> {
    const { topicIds, topics, onLost } = this.parts;
    const ids = await topicIds.read(topics);
    const former = (this.ids ??= ids);
    if (topics.some((topic) => ids.has(topic) && former.get(topic) !== ids.get(topic))) onLost('a topic was made again');
  }

  private standsStill(position: BatchPosition, high: number): boolean {
    const name = partitionName(position);
    const { nextOffset: next } = position;
    const former = this.standing.get(name);
    if (next >= high || this.atWork.has(name) || this.parts.state.isStopped(position)) this.standing.delete(name);
    else if (former?.next !== next) this.standing.set(name, { next, since: performance.now() });
    else return performance.now() - former.since > this.parts.standstillMs;
    return false;
  }

  private async stepOver(position: BatchPosition): Promise<void> {
    const { kafka, em, progress, state, logger, onLost } = this.parts;
    const { topic, partition, nextOffset } = position;
    const to = await nextRecordFrom(kafka, position, nextOffset);
    if (this.atWork.has(partitionName(position))) return;
    if (to === undefined) return void state.retry(position, 'An open transaction holds back what follows.');
    if (to === nextOffset) return onLost('a partition stands still');
    logger.log({ msg: 'Offsets without a record are skipped.', topic, partition, from: nextOffset, to });
    await storeOffset(em.fork(), { ...position, nextOffset: to, heldOffset: state.heldOffset(position) });
    state.noteHeld(position, to);
    state.retryEnded(position);
    progress.skipTo({ ...position, nextOffset: to });
  }
}
