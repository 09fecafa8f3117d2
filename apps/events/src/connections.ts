import { createKafka } from '#app/messaging/light';
import { connect, connectionDefectOf, SESSION_LIMITS } from '#app/postgres/light';
import { presentUrl, readPostgresUrl, type DatabaseUrl } from '#app/settings';
import type { Kafka } from 'kafkajs';
import type pg from 'pg';
import type { EventsEnv } from './env.js';
import { Refused } from './events.errors.js';

const NAME = 'contact-sync-events';

/** A client of the environment's cluster. Its reports of failed tries go nowhere: a command tells of the failure in the end. */
export const kafkaOf = (env: EventsEnv): Kafka => createKafka({ ...env.kafka, clientId: NAME }, { debug: () => undefined });

/** Works on one connection to a database. @throws {Refused} if the database is unreachable */
export async function onDatabase<T>(url: DatabaseUrl, work: (database: pg.Client) => Promise<T>): Promise<T> {
  const { connectMs, lockMs } = SESSION_LIMITS;
  const database = await connect({ url, applicationName: NAME, connectMs, limits: { lockMs } }).catch((error: unknown) => {
    // Only the address: the URL holds a password.
    const { host = 'localhost', port = 5432 } = readPostgresUrl(presentUrl(url));
    const defect = connectionDefectOf(error);
    throw new Refused(
      `The database at ${host}:${port} ${defect ? `can't be used. ${defect}` : `does not answer: ${reasonOf(error)}.`}`,
    );
  });
  try {
    return await work(database);
  } finally {
    await database.end().catch(() => undefined);
  }
}

const reasonOf = (error: unknown): string => (error as { code?: string }).code ?? (error as Error).message;
