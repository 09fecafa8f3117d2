import type pg from 'pg';
import { withoutSecrets } from '../reading/secrets.js';

/** What a table holds of a contact. */
export interface HeldPart {
  rows: unknown[];
  /** When the rows go. */
  until: string;
}

/** A table with rows of contacts. */
export interface PersonTable {
  table: string;
  /** A condition on the row `r`; `$1` is the contact's id. */
  where: string;
  until: string;
}

const OF_CONTACT = 'r.contact_id = $1::bigint';
const WITH_CONTACT = 'as long as the contact';

/** Tables of the gateway. The names of companies and tags come with a contact's places and tags. */
export const GATEWAY_TABLES: readonly PersonTable[] = [
  { table: 'contact', where: 'r.id = $1::bigint', until: 'deleted by DELETE /contacts/{id}' },
  { table: 'contact_company', where: OF_CONTACT, until: WITH_CONTACT },
  { table: 'contact_tag', where: OF_CONTACT, until: WITH_CONTACT },
  { table: 'portal_login', where: OF_CONTACT, until: 'as long as the login' },
  { table: 'contact_event', where: OF_CONTACT, until: `${WITH_CONTACT}, or HISTORY_DAYS where it is set` },
  { table: 'deleted_contact', where: OF_CONTACT, until: 'until its events and stored answers are deleted, seconds' },
  { table: 'idempotency_key', where: OF_CONTACT, until: 'expires_at, 24 hours after the request' },
  { table: 'outbox', where: `r.key = $1 and r.topic !~ '(^|\\.)companies\\.v1$'`, until: 'until it is published, milliseconds' },
  { table: 'audit_entry', where: `r.target = 'contact:' || $1`, until: 'AUDIT_DAYS (400) after at' },
];

/** Tables of the auth app. Counts of failed sign-ins are under keyed hashes of email and address, for 15 minutes: they name nobody. */
export const AUTH_TABLES: readonly PersonTable[] = [
  { table: 'portal_login', where: OF_CONTACT, until: 'as long as the login; of a removed one number, version and position stay' },
  { table: 'portal_session', where: OF_CONTACT, until: 'expires_at, or the end of the login' },
  { table: 'known_address', where: OF_CONTACT, until: 'expires_at; the address is a keyed hash' },
  { table: 'audit_entry', where: `r.target = 'contact:' || $1`, until: 'AUDIT_DAYS (400) after at' },
];

/** Columns that hold secrets, or bytes that say nothing. */
const LEFT_OUT = new Set(['fingerprint', 'secret_hash']);

/** The rows of a contact in each table that has any, without secrets. */
export async function heldRows(
  database: pg.Client,
  tables: readonly PersonTable[],
  contactId: number,
): Promise<Record<string, HeldPart>> {
  const held: Record<string, HeldPart> = {};
  for (const { table, where, until } of tables) {
    const { rows } = await database.query<{ row: Record<string, unknown> }>(
      `select to_jsonb(r) as row from ${table} r where ${where}`,
      [String(contactId)],
    );
    if (rows.length === 0) continue;
    held[table] = { until, rows: rows.map(({ row }) => withoutSecrets(withoutColumns(row))) };
  }
  return held;
}

const withoutColumns = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !LEFT_OUT.has(name)));
