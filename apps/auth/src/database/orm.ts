import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, type Options } from '@mikro-orm/postgresql';
import { ConsumerOffset } from '#app/messaging';
import { postgresOptions, StatementPool, type DatabaseUrl } from '#app/postgres';
import { PortalLogin } from '../portal-logins/portal-login.entity.js';
import { PortalSession } from '../portal-sessions/portal-session.entity.js';
import { migrations } from './migrations.js';

const APPLICATION_NAME = 'contact-sync auth';
/** The consumer applies at most six partitions at once, each on a connection of its own. */
const CONNECTIONS = { orm: 10, consumer: 6 } as const;

/** The connections on which the consumer applies records. */
export const consumerStatements = (url: DatabaseUrl, sessionSettings: Readonly<Record<string, string>> = {}): StatementPool =>
  new StatementPool({ url, applicationName: APPLICATION_NAME, poolMax: CONNECTIONS.consumer, sessionSettings });

/** The auth app's database: entities, limits and migrations. */
export const ormOptions = (url: DatabaseUrl): Options =>
  defineConfig({
    ...postgresOptions({ url, applicationName: APPLICATION_NAME, poolMax: CONNECTIONS.orm }),
    entities: [ConsumerOffset, PortalLogin, PortalSession],
    extensions: [Migrator],
    logger: () => undefined,
    migrations: { migrationsList: migrations, snapshot: false, transactional: true },
  });
