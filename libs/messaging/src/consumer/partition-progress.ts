import { setTimeout as delay } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Logger } from '@nestjs/common';
import type { Admin, Consumer } from 'kafkajs';
import { forgetLog, type ForgetNotes } from './consumer-offsets.js';
import type { TopicIds } from '../kafka/topic-ids.js';
import { partitionName, type ConsumerState } from './consumer-state.js';
import type { TopicPartition } from './dead-letters.js';
import type { BatchPosition } from './event-batch.js';
import type { Assignment } from './record-attempts.js';
import { startingOffsets } from './starting-offsets.js';

interface ProgressParts {
  em: EntityManager;
  admin: Admin;
  topicIds: TopicIds;
  consumer: Consumer;
  state: ConsumerState;
  logger: Logger;
  forgetNotes?: ForgetNotes | undefined;
  /** The consumer has to be replaced. */
  onLost: (reason: string) => void;
}

/** How long reading the stored offsets is tried before the partitions are left to another member. */
const LONGEST_PLACING_MS = 10_000;
const HEARTBEAT_MS = 500;

/** The offset at which each assigned partition is read: first the database's, then the one after the handled records. */
export class PartitionProgress {
  /** How often partitions were assigned. */
  joins = 0;
  private readonly next = new Map<string, number>();
  /** Undefined once the assigned partitions are at their positions; pending for ever before the first assignment. */
  private placing: Promise<void> | undefined = new Promise(() => undefined);
  private assignment: readonly TopicPartition[] | undefined;

  constructor(private readonly parts: ProgressParts) {}

  /** Moves newly assigned partitions to their stored offsets. Until then no record of them may be handled. */
  assign(places: readonly TopicPartition[]): void {
    this.assignment = places;
    this.joins++;
    const placing = this.place(places).then(() => {
      if (this.placing === placing) this.placing = undefined;
    });
    this.placing = placing;
  }

  /** Notes that all records before a position are handled. */
  note(position: BatchPosition): void {
    this.next.set(partitionName(position), position.nextOffset);
  }

  end(): void {
    this.assignment = undefined;
  }

  /** The offset at which each assigned partition continues, once it is known. */
  get positions(): BatchPosition[] {
    return (this.assignment ?? []).flatMap((place) => {
      const nextOffset = this.next.get(partitionName(place));
      return nextOffset === undefined ? [] : [{ ...place, nextOffset }];
    });
  }

  /** Continues at an offset; there is no record before it. */
  skipTo(position: BatchPosition): void {
    this.note(position);
    this.parts.consumer.seek({ ...position, offset: String(position.nextOffset) });
  }

  /** Waits until the partitions are at their positions; false where a batch was fetched from another position. */
  async isPlaced(assignment: Assignment): Promise<boolean> {
    while (this.placing && assignment.isAssigned()) {
      await Promise.race([this.placing, delay(HEARTBEAT_MS)]);
      await assignment.heartbeat();
    }
    return assignment.isAssigned();
  }

  /**
   * Handles a batch before the present position: its topic was made again while the consumer ran, or its log has lost its end. The next
   * consumer finds out which.
   */
  async noticeNewLog(place: TopicPartition, firstOffset: number): Promise<void> {
    const next = this.next.get(partitionName(place));
    if (next === undefined || firstOffset >= next) return;
    this.parts.logger.warn({ msg: 'A log ends before what was read of it; it is read from its beginning.', ...place });
    await forgetLog(this.parts.em, place);
    this.parts.onLost('a log is read from its beginning');
  }

  private async place(places: readonly TopicPartition[]): Promise<void> {
    const { logger, state } = this.parts;
    const began = performance.now();
    this.next.clear();
    for (let attempt = 1, waitMs = 50; this.assignment === places; attempt++, waitMs = Math.min(waitMs * 2, 2_000)) {
      try {
        const positions = await startingOffsets(this.parts, places);
        // Trap: a seek for an earlier assignment would move a partition back.
        if (this.assignment !== places) return;
        for (const position of positions) {
          state.countFailuresFrom(position, position.failureStreak);
          state.noteHeld(position, position.heldOffset);
          this.skipTo(position);
        }
        return;
      } catch (err) {
        if (this.assignment !== places) return;
        if (performance.now() - began > LONGEST_PLACING_MS) return this.parts.onLost('the starting offsets cannot be read');
        logger[attempt === 1 ? 'warn' : 'debug']({ msg: 'Stored offsets cannot be read yet.', err });
        await delay(waitMs);
      }
    }
  }
}
