import { MikroORM } from '@mikro-orm/postgresql';
import { requireFitDatabase, SESSION_LIMITS, UnfitDatabase, withoutTimeout } from '#app/postgres';
import { InvalidSettings } from '#app/settings';
import { ormOptions } from './database/orm.js';
import { readSetUpEnv } from './env.js';

/** Migrates the database. Safe to run again at any time. */
async function setUp(): Promise<void> {
  const { databaseUrl } = readSetUpEnv();
  await requireFitDatabase(
    { url: databaseUrl, applicationName: 'contact-sync auth set-up', connectMs: SESSION_LIMITS.connectMs },
    { majorVersion: 15, extensions: [] },
  );
  const orm = await MikroORM.init(ormOptions(databaseUrl));
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
  const isExpected = error instanceof InvalidSettings || error instanceof UnfitDatabase;
  console.error(isExpected ? error.message : `Set-up failed: ${(error as Error).name}: ${(error as Error).message}`);
  process.exitCode = 1;
}
