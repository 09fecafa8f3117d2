import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, type Options } from '@mikro-orm/postgresql';
import { postgresOptions, type DatabaseUrl, type PostgresSettings } from '#app/postgres';
import { Company } from './companies/company.entity.js';
import { Contact } from './contacts/contact.entity.js';
import { Membership } from './contacts/membership.entity.js';
import { PortalLogin } from './contacts/portal-login.entity.js';
import { Tag } from './tags/tag.entity.js';
import { ApiToken } from './callers/api-token.entity.js';
import { LISTS_AT_ONCE } from './lists/lists.module.js';
import { migrations } from './database/migrations.js';

type PoolSettings = Omit<PostgresSettings, 'url'>;

/** The gateway's database: entities, limits and migrations. */
export const ormOptions = (url: DatabaseUrl, pool: Partial<PoolSettings> = {}): Options =>
  defineConfig({
    ...postgresOptions({ url, applicationName: 'contact-sync gateway', poolMax: 16, ...pool }),
    entities: [ApiToken, Company, Contact, Membership, PortalLogin, Tag],
    extensions: [Migrator],
    logger: () => undefined,
    migrations: { migrationsList: migrations, snapshot: false, transactional: true },
  });

/** The same database, on the connections of lists. */
export const listOrmOptions = (url: DatabaseUrl): Options =>
  ormOptions(url, { applicationName: 'contact-sync gateway lists', poolMax: LISTS_AT_ONCE.perProcess });
