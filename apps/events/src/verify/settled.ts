import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { Refused } from '../events.errors.js';
import { readApplied, type AppliedParts } from '../reading/applied-offsets.js';

const LOOK_AGAIN_MS = 200;

interface Publishing {
  gateway: pg.Client;
  signal: AbortSignal;
}

/** The topic is that of the logins. */
interface Settling extends Publishing, AppliedParts {}

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
export async function untilSettled(settling: Settling, waitMs: number): Promise<void> {
  const deadline = performance.now() + waitMs;
  const { admin, topic, signal } = settling;
  await untilPublished(settling, waitMs);
  const ends = (await admin.fetchTopicOffsets(topic)).filter(({ low, high }) => low !== high);
  await until(
    async () => (await countBehind(settling, ends)) === 0,
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

/** Partitions that are not applied to these ends. */
async function countBehind(parts: AppliedParts, ends: readonly { partition: number; high: string }[]): Promise<number> {
  const applied = new Map((await readApplied(parts)).map((each) => [each.partition, each.applied]));
  return ends.filter(({ partition, high }) => (applied.get(partition) ?? 0) < Number(high)).length;
}
