import { Injectable } from '@nestjs/common';
import { send, StatementPool, type PreparedStatement, type StatementTransaction } from '#app/postgres';
import { LockedLogins } from './locked-logins.js';
import type { LoginRecord } from './login-record.js';
import { LoginRow } from './login-row.js';

/** Columns of a login with their types, and the properties of the entity that they hold. */
const COLUMNS = [
  ['contact_id', 'bigint', 'contactId'],
  ['version', 'bigint', 'version'],
  ['position', 'bigint', 'position'],
  ['email', 'text', 'email'],
  ['email_key', 'text', 'emailKey'],
  ['credential', 'text', 'credential'],
  ['removed', 'boolean', 'removed'],
  ['session_version', 'bigint', 'sessionVersion'],
  ['synced_at', 'timestamptz', 'syncedAt'],
] as const;
const NAMES = COLUMNS.map(([name]) => name).join(', ');
const VALUES = `unnest(${COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')}) as new (${NAMES})`;

const VERSIONS: PreparedStatement = {
  name: 'login-versions',
  text: `select contact_id, version, not removed and credential is null as lacks_credential
    from portal_login where contact_id = any($1::bigint[])`,
};

/** In one order, so that two consumers cannot deadlock. */
const LOCK: PreparedStatement = {
  name: 'logins-lock',
  text: `select ${NAMES} from portal_login
    where contact_id = any($1::bigint[]) or email_key = any($2::text[]) order by contact_id for update`,
};

const UPDATE: PreparedStatement = {
  name: 'logins-update',
  text: `update portal_login set ${COLUMNS.slice(1)
    .map(([name]) => `${name} = new.${name}`)
    .join(', ')} from ${VALUES} where portal_login.contact_id = new.contact_id`,
};

/** Another consumer's insert of the same login violates the primary key: the transaction is tried again. */
const INSERT: PreparedStatement = { name: 'logins-insert', text: `insert into portal_login (${NAMES}) select * from ${VALUES}` };

type Row = Record<(typeof COLUMNS)[number][0], unknown>;

/** A version that is stored, and whether the password that it should have is missing. */
export interface KnownVersion {
  version: number;
  lacksCredential: boolean;
}

/**
 * Reads and writes logins by statements that are prepared once and bound: a batch takes two round trips. By the unit of work it took
 * seven, which were three quarters of the time from the record to the login.
 */
@Injectable()
export class LoginStore {
  constructor(readonly statements: StatementPool) {}

  /** Stored versions, by contact. */
  async versionsOf(contactIds: readonly number[]): Promise<Map<number, KnownVersion>> {
    const rows = await this.statements.query<{ contact_id: string; version: string; lacks_credential: boolean }>(VERSIONS, [
      contactIds,
    ]);
    return new Map(
      rows.map((row) => [Number(row.contact_id), { version: Number(row.version), lacksCredential: row.lacks_credential }]),
    );
  }
}

/** Locks the logins of the records and the holders of their emails. */
export async function lockTouched(transaction: StatementTransaction, records: readonly LoginRecord[]): Promise<LockedLogins> {
  if (records.length === 0) return new LockedLogins([]);
  const contactIds = [...new Set(records.map(({ contactId }) => contactId))];
  const emailKeys = records.flatMap((record) => (record.kind === 'state' && record.emailKey !== null ? [record.emailKey] : []));
  const rows = await transaction.query<Row>(LOCK, [contactIds, [...new Set(emailKeys)]]);
  return new LockedLogins(rows.map(loginOf));
}

/** Writes what the records changed, without waiting: the commit reports a failure. */
export async function writeLogins(transaction: StatementTransaction, { added, changed }: LockedLogins): Promise<void> {
  const updated = [...changed].filter((login) => !added.has(login));
  if (updated.length > 0) await send(transaction, UPDATE, valuesOf(updated));
  if (added.size > 0) await send(transaction, INSERT, valuesOf([...added]));
}

const valuesOf = (logins: readonly LoginRow[]): unknown[] =>
  COLUMNS.map(([, , property]) => logins.map((login) => login[property]));

function loginOf(row: Row): LoginRow {
  const login = new LoginRow(Number(row.contact_id));
  for (const [name, type, property] of COLUMNS)
    Object.assign(login, { [property]: type === 'bigint' ? Number(row[name]) : row[name] });
  return login;
}
