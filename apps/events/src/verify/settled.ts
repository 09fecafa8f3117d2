import { setTimeout as delay } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import type pg from 'pg';
import { Refused } from '../events.errors.js';

const LOOK_AGAIN_MS = 200;

interface Publishing {
  gateway: pg.Client;
  signal: AbortSignal;
}

interface Settling extends Publishing {
  auth: pg.Client;
  admin: Admin;
  /** Full name of the topic of logins. */
  topic: string;
}

/** Waits until the current outbox is on the topics. @throws {Refused} if it takes longer */
export async function untilPublished({ gateway, signal }: Publishing, waitMs: number): Promise<void> {
  const { rows } = await gateway.query<{ last: string }>('select coalesce(max(id), 0) as last from outbox');
  const last = rows[0]!.last;
  await until(
    async () => (await gateway.query('select from outbox where id <= $1 limit 1', [last])).rowCount === 0,
    'Nothing can be said yet: the outbox is not published. See lag, and the health of the gateways.',
    { signal, deadline: performance.now() + waitMs },
  );
}

/**
 * Waits until the current outbox is on the topic, and the auth app has applied the topic's records.
 * @throws {Refused} if it takes longer
 */
export async function untilSettled({ gateway, auth, admin, topic, signal }: Settling, waitMs: number): Promise<void> {
  const deadline = performance.now() + waitMs;
  await untilPublished({ gateway, signal }, waitMs);
  const ends = (await admin.fetchTopicOffsets(topic)).filter(({ low, high }) => low !== high);
  await until(
    async () => (await countBehind({ auth, admin, topic }, ends)) === 0,
    'Nothing can be said yet: the auth app is behind. See lag, and its health for a partition that stopped.',
    { signal, deadline },
  );
}

interface Bounds {
  signal: AbortSignal;
  /** By `performance.now()`. */
  deadline: number;
}

async function until(isSo: () => Promise<boolean>, otherwise: string, { signal, deadline }: Bounds): Promise<void> {
  while (!(await isSo())) {
    signal.throwIfAborted();
    if (performance.now() > deadline) throw new Refused(otherwise);
    await delay(LOOK_AGAIN_MS, undefined, { signal });
  }
}

/** Partitions that are not applied to these ends. A position beyond the end of now is that of a deleted topic: the new one was not noticed yet. */
async function countBehind(
  { auth, admin, topic }: Pick<Settling, 'auth' | 'admin' | 'topic'>,
  ends: readonly { partition: number; high: string }[],
): Promise<number> {
  const { rows } = await auth.query<{ partition: number; next_offset: string }>(
    'select partition, next_offset from consumer_offset where topic = $1',
    [topic],
  );
  const applied = new Map(rows.map(({ partition, next_offset }) => [partition, Number(next_offset)]));
  const now = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]));
  return ends.filter(({ partition, high }) => {
    const position = applied.get(partition) ?? 0;
    return position < Number(high) || position > now.get(partition)!;
  }).length;
}
