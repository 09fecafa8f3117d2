import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { testServers } from './env.js';

/** A suite's own database. */
export interface TestDatabase {
  /** URL of its owner, who is not a superuser, like the apps' users. */
  url: string;
  /** Drops it, even if clients are still connected. */
  drop: () => Promise<void>;
}

/** How a database is filled. A database of each key is filled once per run and then copied. */
export interface DatabaseTemplate {
  /** Names what `migrate` does: use another key for another migration. */
  templateKey: string;
  migrate: (url: string) => Promise<void>;
}

const OWNER = { name: 'contact_sync_test', password: 'throwaway' };

/** Makes a database: an empty one, or a copy of a migrated one. */
export const createTestDatabase = (template?: DatabaseTemplate): Promise<TestDatabase> =>
  testDatabase(async (admin, name) =>
    createDatabase(admin, name, template ? await ensureTemplate(admin, template) : 'template0'),
  );

/** Makes an empty database that sorts by the rules of a language, as those of many clusters do. The others sort by bytes. */
export const createLanguageDatabase = (locale: string): Promise<TestDatabase> =>
  testDatabase((admin, name) => createDatabase(admin, name, `template0 LOCALE_PROVIDER icu ICU_LOCALE '${locale}'`));

async function testDatabase(make: (admin: pg.Client, name: string) => Promise<void>): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await withAdmin((admin) => make(admin, name));
  return { url: urlOf(name), drop: () => withAdmin(async (admin) => dropDatabase(admin, name)) };
}

/** @returns the template's name */
async function ensureTemplate(admin: pg.Client, { templateKey, migrate }: DatabaseTemplate): Promise<string> {
  const name = `template_${createHash('sha256').update(templateKey).digest('hex').slice(0, 16)}`;
  // Suites run in several processes: one fills it, the others wait.
  await admin.query('SELECT pg_advisory_lock(hashtext($1))', [name]);
  try {
    if ((await admin.query('SELECT FROM pg_database WHERE datname = $1', [name])).rowCount) return name;
    const draft = `${name}_draft`;
    await dropDatabase(admin, draft);
    await createDatabase(admin, draft, 'template0');
    await migrate(urlOf(draft));
    await admin.query(`ALTER DATABASE ${draft} RENAME TO ${name}`);
    return name;
  } finally {
    await admin.query('SELECT pg_advisory_unlock(hashtext($1))', [name]);
  }
}

async function createDatabase(admin: pg.Client, name: string, source: string): Promise<void> {
  await ensureOwner(admin);
  await admin.query(`CREATE DATABASE ${name} OWNER ${OWNER.name} TEMPLATE ${source}`);
}

async function dropDatabase(admin: pg.Client, name: string): Promise<void> {
  await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

async function ensureOwner(admin: pg.Client): Promise<void> {
  const { rowCount } = await admin.query('SELECT FROM pg_roles WHERE rolname = $1', [OWNER.name]);
  if (rowCount) return;
  await admin.query(`CREATE ROLE ${OWNER.name} LOGIN PASSWORD '${OWNER.password}'`).catch((error: unknown) => {
    // Another process was faster.
    if ((error as { code?: string }).code !== '42710' && (error as { code?: string }).code !== '23505') throw error;
  });
}

function urlOf(name: string): string {
  const url = new URL(testServers().adminUrl);
  return Object.assign(url, { username: OWNER.name, password: OWNER.password, pathname: `/${name}` }).href;
}

async function withAdmin<T>(work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: testServers().adminUrl });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
