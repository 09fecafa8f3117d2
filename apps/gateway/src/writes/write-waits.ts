import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import { query, SESSION_LIMITS } from '#app/postgres';
import { backOffMs } from '#app/timing';
import type { Deadline } from '../wire/deadline.js';
import { ContactLocked } from './write.errors.js';

/** Pauses between attempts: short, so that a write of a contact that is updated all the time finds it free. */
const PAUSE = { firstMs: 5, longestMs: 50 } as const;

/**
 * Runs a transaction again while another one has locked a contact that it needs. Meanwhile it holds no lock and no connection.
 * @throws {TimedOut} at the deadline
 */
export async function untilUnlocked<T>(deadline: Deadline, attempt: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ContactLocked)) throw error;
    }
    await sleep(Math.min(backOffMs(failures, PAUSE), Math.max(deadline.remainingMs, 0)));
    deadline.assertNotOver();
  }
}

/** Ends the waits of a transaction that has begun late with its caller's deadline: nobody needs what it would hold afterwards. */
export async function limitWaits(em: EntityManager, { remainingMs }: Deadline): Promise<void> {
  if (remainingMs >= SESSION_LIMITS.lockMs) return;
  const limit = String(Math.max(1, Math.ceil(remainingMs)));
  await query(em, `select set_config('lock_timeout', $1, true), set_config('statement_timeout', $1, true)`, [limit]);
}
