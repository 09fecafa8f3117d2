import { connect } from '#app/postgres/light';
import type pg from 'pg';
import { BULK_CONTACTS, BULK_TAGS } from './bulk-contacts.statement.js';

/** Contacts per transaction: short enough to show progress and to be stopped. */
const CHUNK = 5_000;
const CONNECT_MS = 10_000;

/** The database has contacts, and no option says that more may be added. */
export class NotEmpty extends Error {
  override readonly name = 'NotEmpty';
}

interface BulkRun {
  contacts: number;
  /** Whether the database may have contacts already. */
  add: boolean;
  /** Called after each commit. */
  onProgress: (made: number) => void;
  /** Called before each transaction; true stops. */
  isStopped: () => boolean;
}

/**
 * Makes contacts with companies and tags in the gateway's database, which must be migrated.
 * @returns how many were made: fewer than requested if it was stopped
 * @throws {NotEmpty}
 */
export async function makeBulkContacts(databaseUrl: string, { contacts, add, onProgress, isStopped }: BulkRun): Promise<number> {
  const client = await connect({ url: databaseUrl, applicationName: 'contact-sync seed', connectMs: CONNECT_MS });
  try {
    if (!add && (await hasContacts(client)))
      throw new NotEmpty('The database has contacts already. To add more to them, say --add.');
    await client.query(BULK_TAGS);
    let made = 0;
    while (made < contacts && !isStopped()) {
      const last = Math.min(made + CHUNK, contacts);
      await client.query(BULK_CONTACTS, [made + 1, last]);
      onProgress((made = last));
    }
    // Without it the planner still plans for small tables.
    await client.query('vacuum analyze contact, company, contact_company, contact_tag, tag');
    return made;
  } finally {
    await client.end();
  }
}

async function hasContacts(client: pg.Client): Promise<boolean> {
  return Boolean((await client.query('select from contact limit 1')).rowCount);
}
