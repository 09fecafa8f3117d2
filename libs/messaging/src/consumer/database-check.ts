import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';

/** Whether the database answers: a consumer without one would only keep partitions from those that have it. */
export const databaseAnswers = (em: EntityManager): Promise<boolean> =>
  query(em.fork(), 'select 1').then(
    () => true,
    () => false,
  );
