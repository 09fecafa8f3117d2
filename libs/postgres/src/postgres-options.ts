import { defineConfig, type Options } from '@mikro-orm/postgresql';
import { QueryTimeoutClient } from './query-timeout-client.js';
import { forgetDeadConnections } from './pool.js';

/**
 * Time limits of the sessions that serve requests and consumers, in milliseconds.
 *
 * `statementMs` is the server's, `answerMs` the client's for a server that says nothing; each step ends within the two
 * seconds that a caller waits for 503.
 */
export const SESSION_LIMITS = {
  connectMs: 1_700,
  lockMs: 1_500,
  statementMs: 1_600,
  answerMs: 1_700,
  idleInTransactionMs: 10_000,
} as const;

/** What a process needs to know of its database. */
export interface PostgresSettings {
  /** `postgresql://user:password@host:port/database` */
  url: string;
  /** Shown in `pg_stat_activity`. */
  applicationName: string;
  /** Most connections of this process. */
  poolMax: number;
}

/**
 * ORM options that every process of the project shares.
 *
 * `synchronous_commit` is set, not assumed: with it off a crash would take back what the relay has already published.
 * Query logging stays off because the ORM writes values into the SQL text.
 */
export function postgresOptions({ url, applicationName, poolMax }: PostgresSettings): Options {
  return defineConfig({
    clientUrl: url,
    debug: false,
    ensureDatabase: false,
    forceUtcTimezone: true,
    pool: { min: 0, max: poolMax },
    driverOptions: {
      ...sessionOptions(applicationName),
      Client: QueryTimeoutClient,
      onPoolCreated: forgetDeadConnections,
    },
  });
}

/** What every connection of a process has. `synchronous_commit` is set, as {@link postgresOptions} says. */
export const sessionOptions = (applicationName: string) => ({
  application_name: applicationName,
  connectionTimeoutMillis: SESSION_LIMITS.connectMs,
  statement_timeout: SESSION_LIMITS.statementMs,
  query_timeout: SESSION_LIMITS.answerMs,
  lock_timeout: SESSION_LIMITS.lockMs,
  idle_in_transaction_session_timeout: SESSION_LIMITS.idleInTransactionMs,
  options: '-c synchronous_commit=on',
  keepAlive: true,
});
