import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';
import { ConsumerOffset } from './consumer-offset.entity.js';
import type { BatchPosition } from './event-batch.js';

/** Stores how far a partition is applied. Call it in the transaction of what the batch led to; it never goes back. */
export async function storeOffset(em: EntityManager, { topic, partition, nextOffset }: BatchPosition): Promise<void> {
  await query(
    em,
    `insert into consumer_offset as held (topic, partition, next_offset) values ($1, $2, $3)
     on conflict (topic, partition) do update set next_offset = excluded.next_offset
     where held.next_offset < excluded.next_offset`,
    [topic, partition, nextOffset],
  );
}

/** Stored offsets of some topics. */
export async function readOffsets(em: EntityManager, topics: readonly string[]): Promise<BatchPosition[]> {
  const rows = await em.fork().find(ConsumerOffset, { topic: { $in: [...topics] } });
  return rows.map(({ topic, partition, nextOffset }) => ({ topic, partition, nextOffset }));
}

/** Forgets how far a log was applied that is no more, and what was parked of it: its topic is read from the beginning. */
export async function forgetLog(em: EntityManager, topic: string, partition: number): Promise<void> {
  await em.fork().nativeDelete(ConsumerOffset, { topic, partition });
  await query(em.fork(), 'delete from parked_record where topic = $1 and partition = $2', [topic, partition]);
}
