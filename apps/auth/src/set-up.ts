import { MikroORM } from '@mikro-orm/postgresql';
import { withoutTimeout } from '#app/postgres';
import { InvalidSettings } from '#app/settings';
import { ormOptions } from './database/orm.js';
import { readSetUpEnv } from './env.js';

/** Migrates the database. Safe to run again at any time. */
async function setUp(): Promise<void> {
  const orm = await MikroORM.init(ormOptions(readSetUpEnv().databaseUrl));
  try {
    const applied = await withoutTimeout(() => orm.migrator.up());
    console.log(
      applied.length > 0 ? `Migrations applied: ${applied.map(({ name }) => name).join(', ')}.` : 'Database is up to date.',
    );
  } finally {
    await orm.close();
  }
}

try {
  await setUp();
} catch (error) {
  const told = error instanceof InvalidSettings;
  console.error(told ? error.message : `Set-up failed: ${(error as Error).name}: ${(error as Error).message}`);
  process.exitCode = 1;
}
