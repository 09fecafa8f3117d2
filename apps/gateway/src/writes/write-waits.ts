import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import { errorCodeOf, query, send, SESSION_LIMITS, type PreparedStatement, type StatementRunner } from '#app/postgres';
import { backOffMs } from '#app/timing';
import type { Deadline } from '../wire/deadline.js';
import { LockedElsewhere } from './write.errors.js';

/** Pauses between attempts: short, so that a write of a contact that is updated all the time finds it free. */
const PAUSE = { firstMs: 5, longestMs: 50 } as const;
/** How long a transaction that holds a lock waits for another one. */
const FURTHER_WAIT_MS = 20;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Limits a transaction's further waits, as an expression of a statement that takes its first lock: others need what it holds. What it
 * does not get in that time it tries again, from the start: {@link untilUnlocked}.
 */
export const SHORT_WAITS = `set_config('lock_timeout', '${FURTHER_WAIT_MS}', true)`;

const LIMIT_WAITS: PreparedStatement = { name: 'waits-limit', text: `select ${SHORT_WAITS}` };

/** Limits the further waits of a transaction that holds locks. */
export async function limitFurtherWaits(runner: StatementRunner): Promise<void> {
  await send(runner, LIMIT_WAITS, []);
}

const LIMIT_LOCK_WAITS: PreparedStatement = { name: 'lock-waits-limit', text: `select set_config('lock_timeout', $1, true)` };

/** Ends the further lock waits of a batch with the first deadline of its callers, where a lock is waited for longer than that. */
export function endWaitsWith(runner: StatementRunner, deadlines: readonly Deadline[]): void {
  const leftMs = Math.min(...deadlines.map(({ remainingMs }) => remainingMs));
  if (leftMs < SESSION_LIMITS.lockMs) void send(runner, LIMIT_LOCK_WAITS, [String(Math.max(1, Math.ceil(leftMs)))]);
}

/**
 * Locks a name until the transaction ends, without waiting.
 * @throws {LockedElsewhere}
 */
export async function lockName(em: EntityManager, name: string): Promise<void> {
  const text = 'select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as locked';
  const [row] = await query<{ locked: boolean }>(em, text, [name]);
  if (!row!.locked) throw new LockedElsewhere();
}

/** Whether a transaction ended because another one had a lock that it needs. */
export const isLockedElsewhere = (error: unknown): boolean =>
  error instanceof LockedElsewhere || errorCodeOf(error) === LOCK_NOT_AVAILABLE;

/**
 * Runs a transaction again while another one has a lock that it needs. Meanwhile it holds no lock and no connection.
 * @throws {TimedOut} at the deadline
 */
export async function untilUnlocked<T>(deadline: Deadline, attempt: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isLockedElsewhere(error)) throw error;
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
