import { setTimeout as sleep } from 'node:timers/promises';
import type { MikroORM } from '@mikro-orm/postgresql';
import { backOffMs } from '#app/timing';
import { CompiledQuery } from 'kysely';
import { errorCodeOf } from './postgres-errors.js';
import { withoutTimeout } from './postgres-client.js';

/** A deadlock with running transactions, and a lock that was not free in time. */
const LOCK_FAILURES = new Set(['40P01', '55P03']);
const ATTEMPTS = 30;
const RETRY = { firstMs: 100, longestMs: 2_000 } as const;
const LOOK_MS = 500;
/** Held by the session of one set-up. */
const LOCK = `hashtext('contact-sync migrations')`;

/**
 * Applies all pending migrations. Where another set-up does so, it waits for that one first.
 * @returns names of the applied migrations
 */
export const migrate = (orm: MikroORM): Promise<string[]> =>
  orm.em
    .getKysely()
    .connection()
    .execute(async (session) => {
      const ask = async (text: string) => (await session.executeQuery<{ done: boolean }>(CompiledQuery.raw(text))).rows[0]!.done;
      for (let looks = 0; !(await ask(`select pg_try_advisory_lock(${LOCK}) as done`)); looks++) {
        if (looks === 0) console.log('Waiting for another set-up of this database …');
        await sleep(LOOK_MS);
      }
      try {
        return await applyPending(orm);
      } finally {
        // Without an answer the lock ends with the session.
        await ask(`select pg_advisory_unlock(${LOCK}) as done`).catch(() => undefined);
      }
    });

/**
 * Applies them while the release before serves. Each is a transaction of its own: locks of several tables held at once
 * would meet the locks of a running write in another order. One that meets a lock is undone and tried again.
 */
async function applyPending(orm: MikroORM): Promise<string[]> {
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
