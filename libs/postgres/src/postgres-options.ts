import { defineConfig, type Options } from '@mikro-orm/postgresql';
import type { DatabaseUrl } from '#app/settings';
import { clientConfig, PostgresClient } from './postgres-client.js';
import { forgetDeadConnections } from './pool.js';
import { SESSION_LIMITS } from './session-settings.js';

/** What a process needs to know about its database. */
export interface PostgresSettings {
  /** `postgresql://user:password@host:port/database` */
  url: DatabaseUrl;
  /** Shown in `pg_stat_activity`. */
  applicationName: string;
  /** Most connections of this process. */
  poolMax: number;
}

/** ORM options of every process of the project. Query logging stays off: the ORM writes values into the SQL text. */
export function postgresOptions(settings: PostgresSettings): Options {
  const config = sessionOptions(settings);
  return defineConfig({
    dbName: config.database,
    debug: false,
    ensureDatabase: false,
    forceUtcTimezone: true,
    pool: { min: 0, max: settings.poolMax },
    driverOptions: { ...config, Client: PostgresClient, onPoolCreated: forgetDeadConnections },
  });
}

/** The configuration of every connection that serves requests and consumers. */
export const sessionOptions = ({ url, applicationName }: PostgresSettings) =>
  clientConfig({
    url,
    applicationName,
    connectMs: SESSION_LIMITS.connectMs,
    answerMs: SESSION_LIMITS.answerMs,
    limits: SESSION_LIMITS,
  });
