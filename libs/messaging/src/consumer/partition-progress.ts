import { setTimeout as delay } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Logger } from '@nestjs/common';
import type { Admin, Consumer } from 'kafkajs';
import { forgetLog } from './consumer-offsets.js';
import type { TopicIds } from '../kafka/topic-ids.js';
import { partitionName, type ConsumerState } from './consumer-state.js';
import type { TopicPartition } from './dead-letters.js';
import type { BatchPosition } from './event-batch.js';
import type { Assignment } from './record-attempts.js';
import { startingOffsets } from './starting-offsets.js';

export interface ProgressParts {
  em: EntityManager;
  admin: Admin;
  topicIds: TopicIds;
  consumer: Consumer;
  state: ConsumerState;
  logger: Logger;
  /** The stored offsets cannot be read for too long. */
  onUnreadable: () => void;
}

/** How long stored offsets are tried to be read before another member is to have the partitions. */
const LONGEST_PLACING_MS = 10_000;

/** Where each assigned partition is read from: the database's word first, then as far as records were handled. */
export class PartitionProgress {
  private readonly next = new Map<string, number>();
  private placing: Promise<void> | undefined;
  private assignment: readonly TopicPartition[] | undefined;

  constructor(private readonly parts: ProgressParts) {}

  /** Moves newly assigned partitions to where the database says; until that is done nothing of them may be handled. */
  assign(places: readonly TopicPartition[]): void {
    this.assignment = places;
    this.placing = this.place(places);
  }

  /** Notes that everything before a position is handled. */
  note(position: BatchPosition): void {
    this.next.set(partitionName(position), position.nextOffset);
  }

  end(): void {
    this.assignment = undefined;
  }

  /** Where each assigned partition is read on, once that is known. */
  get positions(): BatchPosition[] {
    return (this.assignment ?? []).flatMap((place) => {
      const nextOffset = this.next.get(partitionName(place));
      return nextOffset === undefined ? [] : [{ ...place, nextOffset }];
    });
  }

  /** Goes on at an offset: what is before it holds no record. */
  skipTo(position: BatchPosition): void {
    this.note(position);
    this.parts.consumer.seek({ ...position, offset: String(position.nextOffset) });
  }

  /** Waits until the partitions are in place; false where a batch was fetched from elsewhere. */
  async isPlaced(assignment: Assignment): Promise<boolean> {
    while (assignment.isAssigned()) {
      const { placing } = this;
      const isDone = await Promise.race([placing?.then(() => true), delay(500, false)]);
      if (isDone && placing === this.placing) return assignment.isAssigned();
      await assignment.heartbeat();
    }
    return false;
  }

  /** A batch that begins before where we are: its topic was made again under a running consumer. */
  async noticeNewLog(place: TopicPartition, firstOffset: number): Promise<void> {
    const next = this.next.get(partitionName(place));
    if (next === undefined || firstOffset >= next) return;
    this.parts.logger.warn({ msg: 'The log begins anew.', ...place });
    await forgetLog(this.parts.em, place.topic, place.partition);
  }

  private async place(places: readonly TopicPartition[]): Promise<void> {
    const { logger, state } = this.parts;
    const began = performance.now();
    this.next.clear();
    for (let attempt = 1, waitMs = 50; this.assignment === places; attempt++, waitMs = Math.min(waitMs * 2, 2_000)) {
      try {
        const positions = await startingOffsets(this.parts, places);
        // Trap: a seek on behalf of a former assignment would take a partition back to where it once was.
        if (this.assignment !== places) return;
        for (const position of positions) {
          state.countFailuresFrom(position, position.failureStreak);
          this.skipTo(position);
        }
        return;
      } catch (err) {
        if (this.assignment !== places) return;
        if (performance.now() - began > LONGEST_PLACING_MS) return this.parts.onUnreadable();
        logger[attempt === 1 ? 'warn' : 'debug']({ msg: 'Stored offsets cannot be read yet.', err });
        await delay(waitMs);
      }
    }
  }
}
