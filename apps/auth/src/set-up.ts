import { aclScript } from '#app/messaging/light';
import { grantStatements, isMigrated, requireFitDatabase, SESSION_LIMITS, UnfitDatabase } from '#app/postgres/light';
import { InvalidSettings, VERSION } from '#app/settings';
import { setUpProgram } from '#app/terminal';
import { MIGRATION_NAMES } from './database/migration-names.js';
import { readAclEnv, readSetUpEnv, readUnknown } from './env.js';
import { authAcls, PRINCIPALS } from './set-up.acls.js';

/** Migrates the database. Safe to run again at any time. */
async function setUp(): Promise<void> {
  for (const unknown of readUnknown()) console.warn(unknown);
  const { databaseUrl: url } = readSetUpEnv();
  const session = { url, applicationName: 'contact-sync auth set-up', connectMs: SESSION_LIMITS.connectMs };
  await requireFitDatabase(session, { majorVersion: 15, extensions: [] });
  if (await isMigrated(session, { migrations: MIGRATION_NAMES })) {
    console.log('Database is up to date.');
    return;
  }
  // Loaded only where there is something to do: see libs/postgres/src/light.ts.
  const { migrateDatabase } = await import('./database/migrate-database.js');
  console.log(await migrateDatabase(url));
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
