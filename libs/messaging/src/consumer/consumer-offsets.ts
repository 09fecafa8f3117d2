import type { EntityManager } from '@mikro-orm/postgresql';
import { columnOf, query, send, type PreparedStatement, type StatementRunner } from '#app/postgres';
import { ConsumerOffset } from './consumer-offset.entity.js';
import type { TopicPartition } from './dead-letters.js';
import type { BatchEnd, BatchPosition } from './event-batch.js';

/** How far a partition is applied, and more about its log. */
export interface StoredOffset extends BatchPosition {
  /** Id of the topic that the offset belongs to; null in rows stored before topic ids were. */
  topicId: string | null;
  /** Records in a row, up to the offset, that could never be applied. */
  failureStreak: number;
}

// Where the database holds less than this process has read or written, the offset becomes null, and the statement fails.
const STORE_OFFSET: PreparedStatement = {
  name: 'consumer-offset',
  text: `insert into consumer_offset as held (topic, partition, next_offset)
     values ($1, $2, case when $4 = 0::bigint or exists (select from consumer_offset where topic = $1 and partition = $2) then $3::bigint end)
     on conflict (topic, partition) do update set
       next_offset = case when held.next_offset >= $4 then greatest(held.next_offset, excluded.next_offset) end,
       failure_streak = case when held.next_offset < excluded.next_offset then 0 else held.failure_streak end`,
};

/**
 * Stores how far a partition is applied; the offset never goes back. Call it in the transaction of the batch's changes.
 * The statement fails with {@link hasLostCommits} where the database was restored, or failed over without its last commits.
 */
export async function storeOffset(
  runner: StatementRunner,
  { topic, partition, nextOffset, heldOffset }: BatchEnd,
): Promise<void> {
  await send(runner, STORE_OFFSET, [topic, partition, nextOffset, heldOffset]);
}

/** Whether an offset was not stored, because the database holds less than this process has read or written. */
export const hasLostCommits = (error: unknown): boolean => columnOf(error) === 'next_offset';

/** Stores which topic a partition's offset belongs to. */
export async function storeTopicId(
  em: EntityManager,
  { topic, partition, nextOffset }: BatchPosition,
  topicId: string,
): Promise<void> {
  await query(
    em.fork(),
    `insert into consumer_offset (topic, partition, next_offset, topic_id) values ($1, $2, $3, $4)
     on conflict (topic, partition) do update set topic_id = excluded.topic_id`,
    [topic, partition, nextOffset, topicId],
  );
}

/** Stores how many records in a row could never be applied, so that a restart continues the count. */
export async function storeFailures(
  em: EntityManager,
  { topic, partition }: TopicPartition,
  failureStreak: number,
): Promise<void> {
  await query(em.fork(), 'update consumer_offset set failure_streak = $3 where topic = $1 and partition = $2', [
    topic,
    partition,
    failureStreak,
  ]);
}

/** Stored offsets of some topics. */
export async function readOffsets(em: EntityManager, topics: readonly string[]): Promise<StoredOffset[]> {
  const rows = await em.fork().find(ConsumerOffset, { topic: { $in: [...topics] } });
  return rows.map(({ topic, partition, nextOffset, topicId, failureStreak }) => ({
    topic,
    partition,
    nextOffset,
    failureStreak,
    topicId: topicId ?? null,
  }));
}

/** Deletes an app's own notes about a partition of a topic that no longer exists, in the given transaction. */
export type ForgetNotes = (transaction: EntityManager, place: TopicPartition) => Promise<void>;

/**
 * Lets a partition be read from its beginning: its log is another, or has lost its end. The parked records are deleted, since their offsets
 * can be those of other records now.
 * @param forgetNotes given where the topic is another one
 */
export async function forgetLog(em: EntityManager, place: TopicPartition, forgetNotes?: ForgetNotes): Promise<void> {
  const { topic, partition } = place;
  await em.fork().transactional(async (transaction) => {
    await transaction.nativeUpdate(ConsumerOffset, { topic, partition }, { nextOffset: 0, failureStreak: 0 });
    await query(transaction, 'delete from parked_record where topic = $1 and partition = $2', [topic, partition]);
    await forgetNotes?.(transaction, place);
  });
}
