import { MikroORM } from '@mikro-orm/postgresql';
import { migrate, type DatabaseUrl } from '#app/postgres';
import { ormOptions } from './orm.js';
import { seedToken } from './tokens/seed-token.js';
import type { Seed } from './tokens/seeded-token.js';

/** Applies the pending migrations, and seeds the token. */
export async function migrateAndSeed(url: DatabaseUrl, seed: Seed | undefined): Promise<void> {
  const orm = await MikroORM.init(ormOptions(url));
  try {
    const applied = await migrate(orm);
    console.log(applied.length > 0 ? `Migrations applied: ${applied.join(', ')}.` : 'Database is up to date.');
    if (seed && (await seedToken(orm.em, seed.secret, seed.token)) === 'revoked')
      console.warn('API_TOKEN is revoked: set another value.');
  } finally {
    await orm.close();
  }
}
