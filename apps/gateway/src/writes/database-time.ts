import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';

/** The database's clock, which all replicas share. */
export async function databaseTime(em: EntityManager): Promise<Date> {
  const [row] = await query<{ now: string | Date }>(em, 'select clock_timestamp() as now');
  return new Date(row!.now);
}
