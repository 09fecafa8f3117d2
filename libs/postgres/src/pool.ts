import type { EntityManager } from '@mikro-orm/postgresql';
import type { Pool, PoolClient } from 'pg';

/** The connections of a process to its database. */
export interface PoolState {
  open: number;
  idle: number;
  /** Those who wait for one. */
  waiting: number;
}

/**
 * Has a pool forget connections that end while somebody has them.
 *
 * Trap: kysely never gives one back on which `begin`, or the rollback after a lost connection, has failed. Each would keep its place
 * in the pool for ever, until the process waits for connections that nobody has.
 */
export function forgetDeadConnections(pool: Pool): void {
  const taken = new Set<PoolClient>();
  pool.on('acquire', (client) => taken.add(client));
  pool.on('release', (_, client) => taken.delete(client));
  pool.on('connect', (client) => client.once('end', () => taken.has(client) && forget(client)));
}

function forget(client: PoolClient): void {
  const release = client.release.bind(client);
  // Whoever has it may give it back after all.
  client.release = () => undefined;
  release(true);
}

/** How the connections of an ORM are taken up now. */
export async function poolOf(em: EntityManager): Promise<PoolState> {
  const { totalCount, idleCount, waitingCount } = await em.getConnection().getNativeClient();
  return { open: totalCount, idle: idleCount, waiting: waitingCount };
}
