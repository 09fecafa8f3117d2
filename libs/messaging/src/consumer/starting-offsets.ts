import type { EntityManager } from '@mikro-orm/postgresql';
import type { Admin } from 'kafkajs';
import type { TopicIds } from '../kafka/topic-ids.js';
import { forgetLog, readOffsets, storeTopicId, type ForgetNotes } from './consumer-offsets.js';
import { partitionName } from './consumer-state.js';
import type { TopicPartition } from './dead-letters.js';
import type { BatchEnd } from './event-batch.js';
import { isOfFormerLog, isOfFormerTopic } from './former-topic.js';

interface StartingParts {
  em: EntityManager;
  admin: Admin;
  topicIds: Pick<TopicIds, 'read'>;
  forgetNotes?: ForgetNotes | undefined;
}

/** The offset at which a partition starts, the stored one, and the failure count up to there. */
interface StartingPosition extends BatchEnd {
  failureStreak: number;
}

/**
 * Where each partition starts: at its stored offset, else at the beginning.
 *
 * A stored offset with another topic id, or after the log's end, belongs to a topic that was made again, or to a log that has lost its end.
 */
export async function startingOffsets(parts: StartingParts, places: readonly TopicPartition[]): Promise<StartingPosition[]> {
  const { em, admin, topicIds, forgetNotes } = parts;
  const topics = [...new Set(places.map(({ topic }) => topic))];
  const stored = new Map((await readOffsets(em, topics)).map((offset) => [partitionName(offset), offset]));
  const [bounds, ids] = await Promise.all([logBounds(admin, topics), topicIds.read(topics)]);
  const positions: StartingPosition[] = [];
  for (const place of places) {
    const { low, high } = bounds.get(partitionName(place)) ?? { low: 0, high: 0 };
    const id = ids.get(place.topic);
    const held = stored.get(partitionName(place));
    const isFormer = held !== undefined && isOfFormerLog(held, { high, id });
    if (isFormer) await forgetLog(em, place, isOfFormerTopic(held, id) ? forgetNotes : undefined);
    const isUsable = held !== undefined && !isFormer && held.nextOffset >= low;
    const [nextOffset, failureStreak] = isUsable ? [held.nextOffset, held.failureStreak] : [low, 0];
    if (id !== undefined) await storeTopicId(em, { ...place, nextOffset }, id);
    positions.push({ ...place, nextOffset, heldOffset: isFormer ? 0 : (held?.nextOffset ?? 0), failureStreak });
  }
  return positions;
}

/** How far a partition is behind. */
export interface PartitionLag extends TopicPartition {
  /** Records not yet applied. */
  records: number;
}

/** Records of some topics that are not applied yet, by partition. */
export async function lagBehind(em: EntityManager, admin: Admin, topics: readonly string[]): Promise<PartitionLag[]> {
  const stored = new Map((await readOffsets(em, topics)).map((position) => [partitionName(position), position]));
  const bounds = await logBounds(admin, topics);
  return [...bounds.values()].map(({ topic, partition, low, high }) => {
    const held = stored.get(partitionName({ topic, partition }));
    const applied = held && !isOfFormerLog(held, { high }) ? held.nextOffset : low;
    return { topic, partition, records: high - Math.max(low, applied) };
  });
}

/** The first retained offset of a partition, and the offset after its last record. */
interface LogBounds extends TopicPartition {
  low: number;
  high: number;
}

export async function logBounds(admin: Admin, topics: readonly string[]): Promise<Map<string, LogBounds>> {
  const bounds = new Map<string, LogBounds>();
  for (const topic of topics) {
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      bounds.set(partitionName({ topic, partition }), { topic, partition, low: Number(low), high: Number(high) });
    }
  }
  return bounds;
}
