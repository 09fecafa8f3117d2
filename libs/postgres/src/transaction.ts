import { FlushMode, type EntityManager } from '@mikro-orm/postgresql';
import { isRetryableConflict } from './postgres-errors.js';

const ATTEMPTS = 4;

/**
 * Runs `work` in one transaction of its own, on a fresh fork of the EntityManager.
 *
 * A deadlock or serialization failure runs it again whole, on another fork, up to three times: after a rollback the
 * entities of a fork keep values that the database never took. So `work` returns values, not entities, and has no
 * effect outside the transaction.
 */
export const inTransaction = <T>(em: EntityManager, work: Work<T>): Promise<T> => run(em, work, 'commit');

/**
 * Runs `work` as {@link inTransaction} does, and rolls back what it did. Nothing is flushed unless `work` does so itself.
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
    // Where the connection is gone the rollback fails too; what went wrong first is the answer.
    await fork.rollback().catch(() => undefined);
    throw error;
  }
}
