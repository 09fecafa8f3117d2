import { existsSync } from 'node:fs';
import { connectionDefectOf, isDatabaseAway } from '#app/postgres';
import { dataFolderAt } from '#app/system';
import { InvalidSettings } from '#app/settings';
import { ProgressBar } from '#app/terminal';
import { makeBulkContacts, NotEmpty } from './bulk/bulk-contacts.js';
import { seedCommand, type BulkOptions } from './bulk/bulk-options.js';
import { readSettings } from './env.js';
import { withRunningInstance } from './running-instance.js';
import { keepSecrets } from './secrets.js';
import { addressesOf } from './servers.js';

/** The command `npm run seed`. */
async function seed({ contacts, add }: BulkOptions): Promise<void> {
  let stopped = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => (stopped = true));
  const bar = new ProgressBar(contacts);
  const made = await makeBulkContacts(await databaseUrl(), {
    contacts,
    add,
    onProgress: (done) => bar.show(done),
    isStopped: () => stopped,
  });
  console.log(`${stopped ? 'Stopped: ' : ''}${made.toLocaleString('en')} contacts were made.`);
}

async function databaseUrl(): Promise<string> {
  const own = readSettings();
  if (own.gatewayDatabaseUrl !== null) return own.gatewayDatabaseUrl;
  const settings = readSettings(withRunningInstance(own.environment));
  const { secrets: folder } = dataFolderAt(settings.dataDir);
  if (!existsSync(folder))
    throw new InvalidSettings([`There is nothing in ${settings.dataDir} yet: npm start makes the database.`]);
  return addressesOf({ settings, secrets: await keepSecrets(folder, settings.apiToken) }).gatewayDatabaseUrl;
}

function explain(error: Error & { code?: string }): string {
  if (error instanceof NotEmpty || error instanceof InvalidSettings) return error.message;
  if (isDatabaseAway(error))
    return connectionDefectOf(error) ?? 'The database does not answer. Is npm start running, or GATEWAY_DATABASE_URL right?';
  if (error.code === '42P01') return 'The database has no tables yet: run npm start, or the set-up, once.';
  return `${error.name}: ${error.message}`;
}

try {
  await seed(seedCommand().parse().opts<BulkOptions>());
} catch (error) {
  console.error(explain(error as Error));
  process.exitCode = 1;
}
