import type pg from 'pg';
import type { Evidence, StoredContact, StoredLogin } from './evidence.js';

/** Rows of both databases about the contacts from one id to below another. */
export async function readDatabases(
  sql: { gateway: pg.Pool; auth: pg.Pool },
  fromContactId: number,
  beforeContactId: number,
): Promise<Pick<Evidence, 'gateway' | 'auth'>> {
  const rows = async <Row extends object>(pool: pg.Pool, text: string): Promise<Row[]> =>
    (await pool.query<Row>(text, [fromContactId, beforeContactId])).rows;
  const [contacts, logins, held] = await Promise.all([
    rows<StoredContact>(
      sql.gateway,
      `select id::float8 as id, version::float8 as version, login_version::float8 as "loginVersion" from contact where id >= $1 and id < $2`,
    ),
    rows<StoredLogin>(
      sql.gateway,
      `select contact_id::float8 as "contactId", email, email_key as "emailKey", credential from portal_login where contact_id >= $1 and contact_id < $2`,
    ),
    rows<StoredLogin>(
      sql.auth,
      `select contact_id::float8 as "contactId", email, email_key as "emailKey", credential, version::float8 as version, removed
         from portal_login where contact_id >= $1 and contact_id < $2`,
    ),
  ]);
  return { gateway: { contacts, logins }, auth: { logins: held } };
}

/** All rows of all tables as text, as in a dump. */
export async function dump(pool: pg.Pool): Promise<string> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select quote_ident(tablename) as name from pg_tables where schemaname = 'public'`,
  );
  const dumps = await Promise.all(
    tables.map(async ({ name }) => {
      const { rows } = await pool.query<{ row: string }>(`select t::text as row from ${name} t`);
      return rows.map(({ row }) => row).join('\n');
    }),
  );
  return dumps.join('\n');
}

/** Events that wait for the relay. */
export async function waitingEvents(gateway: pg.Pool): Promise<number> {
  const { rows } = await gateway.query<{ count: string }>('select count(*) from outbox');
  return Number(rows[0]!.count);
}
