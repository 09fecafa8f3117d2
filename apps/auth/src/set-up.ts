import { MikroORM } from '@mikro-orm/postgresql';
import { aclScript } from '#app/messaging';
import { grantStatements, migrate, requireFitDatabase, SESSION_LIMITS, UnfitDatabase } from '#app/postgres';
import { InvalidSettings, VERSION } from '#app/settings';
import { setUpProgram } from '#app/terminal';
import { ormOptions } from './database/orm.js';
import { readAclEnv, readSetUpEnv } from './env.js';
import { authAcls, PRINCIPALS } from './set-up.acls.js';

/** Migrates the database. Safe to run again at any time. */
async function setUp(): Promise<void> {
  const { databaseUrl } = readSetUpEnv();
  await requireFitDatabase(
    { url: databaseUrl, applicationName: 'contact-sync auth set-up', connectMs: SESSION_LIMITS.connectMs },
    { majorVersion: 15, extensions: [] },
  );
  const orm = await MikroORM.init(ormOptions(databaseUrl));
  try {
    const applied = await migrate(orm);
    console.log(applied.length > 0 ? `Migrations applied: ${applied.join(', ')}.` : 'Database is up to date.');
  } finally {
    await orm.close();
  }
}

const program = setUpProgram({
  command: 'node dist/apps/auth/src/set-up.js',
  description: "Migrates the auth app's database. Safe to run again at any time.",
  version: VERSION,
  settings: 'AUTH_DATABASE_URL',
  grants: { database: 'contact_sync_auth', owner: 'contact_sync_auth_owner', role: 'contact_sync_auth' },
  principals: PRINCIPALS,
  run: setUp,
  acls: (principals) => aclScript(authAcls(principals, readAclEnv())),
  grantStatements,
});

try {
  await program.parseAsync();
} catch (error) {
  const isExpected = error instanceof InvalidSettings || error instanceof UnfitDatabase;
  console.error(isExpected ? error.message : `Set-up failed: ${(error as Error).name}: ${(error as Error).message}`);
  process.exitCode = 1;
}
