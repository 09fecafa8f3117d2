import type { EntityManager } from '@mikro-orm/postgresql';
import { isRetryableConflict } from './postgres-errors.js';

const ATTEMPTS = 4;

/**
 * Runs `work` in one transaction of its own, on a fresh fork of the EntityManager.
 *
 * A deadlock or serialization failure runs it again whole, on another fork, up to three times: after a rollback the
 * entities of a fork keep values that the database never took. So `work` returns values, not entities, and has no
 * effect outside the transaction.
 */
export async function inTransaction<T>(em: EntityManager, work: (em: EntityManager) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptOnce(em.fork({ useContext: false }), work);
    } catch (error) {
      if (attempt === ATTEMPTS || !isRetryableConflict(error)) throw error;
    }
  }
}

async function attemptOnce<T>(fork: EntityManager, work: (em: EntityManager) => Promise<T>): Promise<T> {
  await fork.begin();
  try {
    const result = await work(fork);
    await fork.commit();
    return result;
  } catch (error) {
    // Where the connection is gone the rollback fails too; what went wrong first is the answer.
    await fork.rollback().catch(() => undefined);
    throw error;
  }
}
