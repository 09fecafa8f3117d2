import type pg from 'pg';
import { connect, type ClientOptions } from './postgres-client.js';

/** What a set-up would make. */
interface Wanted {
  /** Names of all migrations. */
  migrations: readonly string[];
  /** Whether the rest is as it is wanted; asked only of a migrated database. */
  isWhole?: (client: pg.ClientBase) => Promise<boolean>;
}

/** Whether a set-up has nothing to do in this database: most set-ups have not, and need no ORM to find that out. */
export async function isMigrated(
  options: ClientOptions,
  { migrations, isWhole = () => Promise.resolve(true) }: Wanted,
): Promise<boolean> {
  const client = await connect(options);
  try {
    return (await hasAll(client, migrations)) && (await isWhole(client));
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function hasAll(client: pg.ClientBase, migrations: readonly string[]): Promise<boolean> {
  const { rows: tables } = await client.query<{ exists: boolean }>(
    `select to_regclass('mikro_orm_migrations') is not null as exists`,
  );
  if (!tables[0]!.exists) return false;
  const { rows } = await client.query<{ name: string }>('select name from mikro_orm_migrations');
  const applied = new Set(rows.map(({ name }) => name));
  return migrations.every((name) => applied.has(name));
}
