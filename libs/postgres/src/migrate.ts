import { setTimeout as sleep } from 'node:timers/promises';
import type { MikroORM } from '@mikro-orm/postgresql';
import { backOffMs } from '#app/timing';
import { errorCodeOf } from './postgres-errors.js';
import { withoutTimeout } from './postgres-client.js';

/** A deadlock with running transactions, and a lock that was not free in time. */
const LOCK_FAILURES = new Set(['40P01', '55P03']);
const ATTEMPTS = 30;
const RETRY = { firstMs: 100, longestMs: 2_000 } as const;

/**
 * Applies all pending migrations, while the release before serves. Each is a transaction of its own: locks of several tables held at once
 * would meet the locks of a running write in another order. One that meets a lock is undone and tried again.
 * @returns names of the applied migrations
 */
export async function migrate(orm: MikroORM): Promise<string[]> {
  const applied: string[] = [];
  for (let failures = 0; ;) {
    const [next] = await orm.migrator.getPending();
    if (!next) return applied;
    try {
      await withoutTimeout(() => orm.migrator.up({ to: next.name }));
      applied.push(next.name);
      failures = 0;
    } catch (error) {
      if (++failures === ATTEMPTS || !LOCK_FAILURES.has(errorCodeOf(error) ?? '')) throw error;
      await sleep(backOffMs(failures, RETRY));
    }
  }
}
