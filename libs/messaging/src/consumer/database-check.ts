import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';

/** Whether the database answers. A consumer without a database would keep partitions from members that have one. */
export const databaseAnswers = (em: EntityManager): Promise<boolean> =>
  query(em.fork(), 'select 1').then(
    () => true,
    () => false,
  );
