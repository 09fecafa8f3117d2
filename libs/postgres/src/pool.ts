import type { EntityManager } from '@mikro-orm/postgresql';
import type { Pool, PoolClient } from 'pg';

/** A process's connections to its database. */
export interface PoolState {
  open: number;
  idle: number;
  /** Callers that wait for a connection. */
  waiting: number;
}

/**
 * Makes a pool forget connections that end while they are in use.
 *
 * Trap: kysely never returns a connection whose `begin`, or whose rollback after a lost connection, has failed. Each would keep its
 * place in the pool for ever, until all callers wait for connections that are never returned. Nor does it return one that was being opened
 * while the pool was closed: the pool would wait for it without end.
 */
export function forgetDeadConnections(pool: Pool): void {
  const taken = new Set<PoolClient>();
  const forgetTaken = (client: PoolClient): void => {
    if (taken.has(client)) forget(client);
  };
  pool.on('acquire', (client) => {
    taken.add(client);
    // Right after this event the pool gives it away, or takes it back where its caller has gone.
    if (pool.ending) process.nextTick(() => forgetTaken(client));
  });
  pool.on('release', (_, client) => taken.delete(client));
  pool.on('connect', (client) => client.once('end', () => forgetTaken(client)));
}

function forget(client: PoolClient): void {
  const release = client.release.bind(client);
  // Its user may still return it.
  client.release = () => undefined;
  release(true);
}

/** How many of an ORM's connections are in use now. */
export async function poolOf(em: EntityManager): Promise<PoolState> {
  const { totalCount, idleCount, waitingCount } = await em.getConnection().getNativeClient();
  return { open: totalCount, idle: idleCount, waiting: waitingCount };
}
