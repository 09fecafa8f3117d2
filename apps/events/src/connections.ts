import { Logger } from '@nestjs/common';
import { createKafka } from '#app/messaging';
import { SESSION_LIMITS } from '#app/postgres';
import type { Kafka } from 'kafkajs';
import pg from 'pg';
import type { EventsEnv } from './env.js';
import { Refused } from './events.errors.js';

const NAME = 'contact-sync-events';

/** A client of the environment's cluster. */
export const kafkaOf = (env: EventsEnv): Kafka => createKafka({ ...env.kafka, clientId: NAME }, new Logger('Kafka'));

/** Works on one connection to a database. @throws {Refused} where it can't be reached */
export async function onDatabase<T>(url: string, work: (database: pg.Client) => Promise<T>): Promise<T> {
  const database = new pg.Client({
    connectionString: url,
    application_name: NAME,
    connectionTimeoutMillis: SESSION_LIMITS.connectMs,
    lock_timeout: SESSION_LIMITS.lockMs,
  });
  database.on('error', () => undefined);
  try {
    await database.connect();
  } catch (error) {
    // The address alone: the URL holds a password.
    throw new Refused(`The database at ${new URL(url).host} does not answer: ${reasonOf(error)}.`);
  }
  try {
    return await work(database);
  } finally {
    await database.end().catch(() => undefined);
  }
}

const reasonOf = (error: unknown): string => (error as { code?: string }).code ?? (error as Error).message;
