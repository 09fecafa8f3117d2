import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, type Options } from '@mikro-orm/postgresql';
import { postgresOptions } from '#app/postgres';
import { Company } from './companies/company.entity.js';
import { Contact } from './contacts/contact.entity.js';
import { Membership } from './contacts/membership.entity.js';
import { PortalLogin } from './contacts/portal-login.entity.js';
import { Tag } from './tags/tag.entity.js';
import { ApiToken } from './callers/api-token.entity.js';
import { migrations } from './database/migrations.js';

/** The gateway's database: entities, limits and migrations. */
export const ormOptions = (url: string): Options =>
  defineConfig({
    ...postgresOptions({ url, applicationName: 'contact-sync gateway', poolMax: 16 }),
    entities: [ApiToken, Company, Contact, Membership, PortalLogin, Tag],
    extensions: [Migrator],
    logger: () => undefined,
    migrations: { migrationsList: migrations, snapshot: false, transactional: true },
  });
