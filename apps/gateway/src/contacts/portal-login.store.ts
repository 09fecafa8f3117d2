import type { PreparedStatement, StatementTransaction } from '#app/postgres';
import type { LoginState } from './contact.login.js';

const READ: PreparedStatement = {
  name: 'logins-read',
  text: `select contact_id, email, email_key, credential from portal_login where contact_id = any($1::bigint[])
    union select contact_id, email, email_key, credential from portal_login where email_key = any($2::text[])
    union select l.contact_id, l.email, l.email_key, l.credential
      from contact c join portal_login l on l.email_key = c.email_key where c.id = any($1::bigint[])`,
};

const WRITE: PreparedStatement = {
  name: 'logins-write',
  text: `insert into portal_login (contact_id, email, email_key, credential)
    select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[])
    on conflict (contact_id) do update set email = excluded.email, email_key = excluded.email_key, credential = excluded.credential`,
};

const REMOVE: PreparedStatement = {
  name: 'logins-remove',
  text: 'delete from portal_login where contact_id = any($1::bigint[])',
};

interface LoginRow {
  contact_id: string;
  email: string;
  email_key: string;
  credential: string;
}

/** The logins that a batch needs. */
export interface ReadLogins {
  byContact: Map<number, LoginState>;
  /** Id of the contact whose login has an email, by the email's key. */
  holders: Map<string, number>;
}

/**
 * The logins of contacts, and the holders of emails that an update could claim.
 * @param emailKeys of emails that requests name
 */
export async function readLogins(
  transaction: StatementTransaction,
  contactIds: readonly number[],
  emailKeys: readonly string[],
): Promise<ReadLogins> {
  const read: ReadLogins = { byContact: new Map(), holders: new Map() };
  if (contactIds.length === 0 && emailKeys.length === 0) return read;
  for (const row of await transaction.query<LoginRow>(READ, [contactIds, emailKeys])) {
    const { email, email_key: emailKey, credential } = row;
    read.byContact.set(Number(row.contact_id), { email, emailKey, credential });
    read.holders.set(emailKey, Number(row.contact_id));
  }
  return read;
}

/** Sends new and changed logins. A claim that another transaction won fails the commit. */
export function sendLogins(transaction: StatementTransaction, logins: ReadonlyMap<number, LoginState>): void {
  if (logins.size === 0) return;
  const rows = [...logins.values()];
  void transaction.query(WRITE, [
    [...logins.keys()],
    rows.map(({ email }) => email),
    rows.map(({ emailKey }) => emailKey),
    rows.map(({ credential }) => credential),
  ]);
}

/** Sends the removal of contacts' logins. */
export function sendLoginRemovals(transaction: StatementTransaction, contactIds: readonly number[]): void {
  if (contactIds.length > 0) void transaction.query(REMOVE, [contactIds]);
}
