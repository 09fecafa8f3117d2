import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, type Options } from '@mikro-orm/postgresql';
import { ConsumerOffset } from '#app/messaging';
import { postgresOptions, type DatabaseUrl } from '#app/postgres';
import { PortalLogin } from '../portal-logins/portal-login.entity.js';
import { PortalSession } from '../portal-sessions/portal-session.entity.js';
import { migrations } from './migrations.js';

/** The auth app's database: entities, limits and migrations. */
export const ormOptions = (url: DatabaseUrl): Options =>
  defineConfig({
    ...postgresOptions({ url, applicationName: 'contact-sync auth', poolMax: 16 }),
    entities: [ConsumerOffset, PortalLogin, PortalSession],
    extensions: [Migrator],
    logger: () => undefined,
    migrations: { migrationsList: migrations, snapshot: false, transactional: true },
  });
