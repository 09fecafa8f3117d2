import type { EntityManager } from '@mikro-orm/postgresql';
import type { Admin } from 'kafkajs';
import { forgetLog, readOffsets } from './consumer-offsets.js';
import { partitionName } from './consumer-state.js';
import type { TopicPartition } from './dead-letters.js';
import type { BatchPosition } from './event-batch.js';

/**
 * Where to read each partition from: where the database says, else from the beginning.
 *
 * A stored offset that lies outside the log is of another log, of a topic made again; it is forgotten.
 */
export async function startingOffsets(
  em: EntityManager,
  admin: Admin,
  places: readonly TopicPartition[],
): Promise<BatchPosition[]> {
  const topics = [...new Set(places.map(({ topic }) => topic))];
  const stored = new Map((await readOffsets(em, topics)).map((position) => [partitionName(position), position.nextOffset]));
  const bounds = await logBounds(admin, topics);
  const positions: BatchPosition[] = [];
  for (const place of places) {
    const { low, high } = bounds.get(partitionName(place)) ?? { low: 0, high: 0 };
    const held = stored.get(partitionName(place));
    if (held !== undefined && held > high) await forgetLog(em, place.topic, place.partition);
    const usable = held !== undefined && held >= low && held <= high;
    positions.push({ ...place, nextOffset: usable ? held : low });
  }
  return positions;
}

/** Records that some topics hold beyond what has been applied, over all partitions. */
export async function lagBehind(em: EntityManager, admin: Admin, topics: readonly string[]): Promise<number> {
  const stored = new Map((await readOffsets(em, topics)).map((position) => [partitionName(position), position.nextOffset]));
  const bounds = await logBounds(admin, topics);
  return [...bounds].reduce((lag, [name, { low, high }]) => lag + Math.max(0, high - Math.max(low, stored.get(name) ?? low)), 0);
}

interface LogBounds {
  low: number;
  high: number;
}

async function logBounds(admin: Admin, topics: readonly string[]): Promise<Map<string, LogBounds>> {
  const bounds = new Map<string, LogBounds>();
  for (const topic of topics) {
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      bounds.set(partitionName({ topic, partition }), { low: Number(low), high: Number(high) });
    }
  }
  return bounds;
}
