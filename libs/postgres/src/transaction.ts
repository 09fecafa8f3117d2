import { FlushMode, type EntityManager } from '@mikro-orm/postgresql';
import { isRetryableConflict } from './postgres-errors.js';

const ATTEMPTS = 4;

/**
 * Runs `work` in one transaction of its own, on a fresh fork of the EntityManager.
 *
 * After a deadlock or serialization failure it runs the whole work again on another fork, up to three times: after a rollback a fork's
 * entities keep values that were never stored. So `work` returns values, not entities, and has no
 * effect outside the transaction.
 */
export const inTransaction = <T>(em: EntityManager, work: Work<T>): Promise<T> => run(em, work, 'commit');

/**
 * Runs `work` like {@link inTransaction}, and rolls back its changes. Nothing is flushed unless `work` flushes.
 * Trap: sequences are not rolled back.
 */
export const inRolledBackTransaction = <T>(em: EntityManager, work: Work<T>): Promise<T> => run(em, work, 'rollback');

type Work<T> = (em: EntityManager) => Promise<T>;
type End = 'commit' | 'rollback';

async function run<T>(em: EntityManager, work: Work<T>, end: End): Promise<T> {
  const flushMode = end === 'commit' ? FlushMode.AUTO : FlushMode.COMMIT;
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptOnce(em.fork({ useContext: false, flushMode }), work, end);
    } catch (error) {
      if (attempt === ATTEMPTS || !isRetryableConflict(error)) throw error;
    }
  }
}

async function attemptOnce<T>(fork: EntityManager, work: Work<T>, end: End): Promise<T> {
  await fork.begin();
  try {
    const result = await work(fork);
    await fork[end]();
    return result;
  } catch (error) {
    // If the connection is gone, the rollback fails too; the first error is thrown.
    await fork.rollback().catch(() => undefined);
    throw error;
  }
}
