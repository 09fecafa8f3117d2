import { isOfFormerLog, type TopicIds } from '#app/messaging/light';
import type { Admin } from 'kafkajs';
import type pg from 'pg';

export interface AppliedParts {
  auth: pg.Client;
  admin: Admin;
  topicIds: Pick<TopicIds, 'read'>;
  /** Full name. */
  topic: string;
}

/** How far the auth app has applied a partition of a topic. */
interface AppliedPartition {
  partition: number;
  /** The first retained offset. */
  low: number;
  /** The offset after the last record. */
  end: number;
  /** The next offset that the auth app will apply; null before its first one of this topic, and of an earlier topic of the same name. */
  applied: number | null;
}

/** From the auth app's own database, which alone decides where it resumes; Kafka's group offsets are for other tools. */
export async function readApplied({ auth, admin, topicIds, topic }: AppliedParts): Promise<AppliedPartition[]> {
  const stored = await readStored(auth, topic);
  const [ends, ids] = await Promise.all([admin.fetchTopicOffsets(topic), topicIds.read([topic])]);
  return ends.map(({ partition, low, high }) => {
    const held = stored.get(partition);
    const isUsable = held !== undefined && !isOfFormerLog(held, { high: Number(high), id: ids.get(topic) });
    return { partition, low: Number(low), end: Number(high), applied: isUsable ? held.nextOffset : null };
  });
}

async function readStored(auth: pg.Client, topic: string): Promise<Map<number, { nextOffset: number; topicId: string | null }>> {
  const { rows } = await auth.query<{ partition: number; next: string; topic_id: string | null }>(
    'select partition, next_offset as next, topic_id from consumer_offset where topic = $1',
    [topic],
  );
  return new Map(rows.map(({ partition, next, topic_id }) => [partition, { nextOffset: Number(next), topicId: topic_id }]));
}
