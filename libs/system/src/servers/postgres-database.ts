import pg from 'pg';

/** An app's own database, and the only role that may connect to it. */
export interface AppDatabase {
  /** Of the database and of the role that owns it. */
  name: string;
  /** Of letters, digits, `-` and `_`. */
  password: string;
}

/** Makes missing databases and roles, sets the roles' passwords, and denies access to all others. */
export async function ensureDatabases(adminUrl: string, databases: readonly AppDatabase[]): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    for (const database of databases) await ensureDatabase(client, database);
  } finally {
    await client.end();
  }
}

/** The URL of an app's database. */
export function databaseUrl(adminUrl: string, { name, password }: AppDatabase): string {
  const url = new URL(adminUrl);
  Object.assign(url, { username: name, password, pathname: `/${name}` });
  return url.href;
}

async function ensureDatabase(client: pg.Client, { name, password }: AppDatabase): Promise<void> {
  const role = client.escapeIdentifier(name);
  const { rowCount: roles } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [name]);
  await client.query(`${roles ? 'ALTER' : 'CREATE'} ROLE ${role} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
  const { rowCount: databases } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  if (!databases) await client.query(`CREATE DATABASE ${role} OWNER ${role}`);
  await client.query(`REVOKE CONNECT ON DATABASE ${role} FROM PUBLIC`);
}
