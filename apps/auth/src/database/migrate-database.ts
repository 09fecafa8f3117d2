import { MikroORM } from '@mikro-orm/postgresql';
import { migrate, type DatabaseUrl } from '#app/postgres';
import { ormOptions } from './orm.js';

/** Applies the pending migrations. @returns what to print */
export async function migrateDatabase(url: DatabaseUrl): Promise<string> {
  const orm = await MikroORM.init(ormOptions(url));
  try {
    const applied = await migrate(orm);
    return applied.length > 0 ? `Migrations applied: ${applied.join(', ')}.` : 'Database is up to date.';
  } finally {
    await orm.close();
  }
}
