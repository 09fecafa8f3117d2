import { MikroORM, type Options } from '@mikro-orm/postgresql';
import { migrate } from '#app/postgres';
import { createTestDatabase, type DatabaseTemplate } from './test-database.js';

/** How an app reaches its database. */
type OrmOptions = (url: string) => Options;

/** A template with all migrations of an app, and with what `fill` adds. */
export const migratedTemplate = (
  templateKey: string,
  ormOptions: OrmOptions,
  fill: (orm: MikroORM) => Promise<unknown> = () => Promise.resolve(),
): DatabaseTemplate => ({
  templateKey,
  migrate: async (url) => {
    const orm = await MikroORM.init(ormOptions(url));
    try {
      await migrate(orm);
      await fill(orm);
    } finally {
      await orm.close();
    }
  },
});

/** A spec's own database of an app, with all migrations and no rows, and the app's ORM on it. */
export interface MigratedDatabase {
  url: string;
  orm: MikroORM;
  /** Closes the ORM and drops the database. */
  drop: () => Promise<void>;
}

export async function createMigratedDatabase(templateKey: string, ormOptions: OrmOptions): Promise<MigratedDatabase> {
  const { url, drop } = await createTestDatabase(migratedTemplate(templateKey, ormOptions));
  const orm = await MikroORM.init(ormOptions(url));
  return { url, orm, drop: () => orm.close().then(drop) };
}
