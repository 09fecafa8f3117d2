import {
  isoTime,
  query,
  StatementPool,
  type PreparedStatement,
  type StatementRunner,
  type StatementTransaction,
} from '#app/postgres';
import { ASSOCIATION_COLUMNS, associationsOf, readFlatAssociations, type AssociationCells } from './contact.associations.js';
import { TEXT_COLUMNS } from './contact.fields.js';
import type { ContactAssociations, ContactState } from './contact.state.js';

/*
 * The hot path's reads, and its writes in contact-writes.store.ts, are statements that each connection prepares once. When they took the
 * place of the ORM's find, hydration, change sets and statement building, the CPU of an update fell from 3.1 times a bare handler's to
 * 1.5 times. test/update-routes.e2e-spec.ts checks that their result equals the ORM's.
 */

// Named as the properties of a state. Times are texts: a `Date` costs 0.5 µs to read and as much to print, and an update reads three and prints five.
const OWN_COLUMNS = `c.id, c.version, c.login_version as "loginVersion", c.has_portal_login as "hasPortalLogin", c.email_key as "emailKey",
  c.created_at::text as "createdAt", c.updated_at::text as "updatedAt",
  greatest(clock_timestamp(), c.updated_at)::text as "changedAt",
  ${TEXT_COLUMNS.map(({ column, property }) => `c.${column} as "${property}"`).join(', ')}`;

interface OwnRow extends Omit<ContactState, 'id' | 'version' | 'loginVersion' | keyof ContactAssociations> {
  id: string;
  version: string;
  loginVersion: string;
}

type ContactRow = OwnRow & AssociationCells;

// Locked first, in the subquery: what is read is what the lock found.
const LOCK: PreparedStatement = {
  name: 'contacts-lock',
  text: `select ${OWN_COLUMNS}
    from (select * from contact where id = any($1::bigint[]) order by id for update skip locked) c`,
};

const NO_IDS: ReadonlySet<number> = new Set();

const FIND: PreparedStatement = {
  name: 'contacts-find',
  text: `select id from contact where id = any($1::bigint[])`,
};

const READ_OWN: PreparedStatement = {
  name: 'contacts-read-own',
  text: `select ${OWN_COLUMNS} from contact c where c.id = any($1::bigint[])`,
};

const READ: PreparedStatement = {
  name: 'contacts-read',
  text: `select ${OWN_COLUMNS}, ${ASSOCIATION_COLUMNS} from contact c where c.id = any($1::bigint[])`,
};

/** The contacts that a batch reads. */
export interface ReadContacts {
  /** Contacts that are locked now, by id. */
  locked: Map<number, ContactState>;
  /** Contacts that another transaction has locked. */
  lockedElsewhere: ReadonlySet<number>;
}

const NO_CONTACTS: ReadContacts = { locked: new Map(), lockedElsewhere: NO_IDS };

/** Locks contacts in the order of their ids, without waiting, and reads them with their associations, in one round trip. */
export async function lockAndRead(transaction: StatementTransaction, ids: readonly number[]): Promise<ReadContacts> {
  if (ids.length === 0) return NO_CONTACTS;
  const [rows, associations] = await Promise.all([
    transaction.query<OwnRow>(LOCK, [ids]),
    // After the locks: a later statement's snapshot sees changes that committed during the locking.
    readFlatAssociations(transaction, ids),
  ]);
  const locked = new Map(rows.map((row) => [Number(row.id), stateOf(row, associations(Number(row.id)))]));
  return { locked, lockedElsewhere: await findLockedElsewhere(transaction, ids, locked) };
}

/** Of contacts that were not locked, those that exist. */
async function findLockedElsewhere(
  transaction: StatementTransaction,
  ids: readonly number[],
  locked: ReadonlyMap<number, unknown>,
): Promise<ReadonlySet<number>> {
  if (locked.size === ids.length) return NO_IDS;
  const rows = await transaction.query<{ id: string }>(FIND, [ids.filter((id) => !locked.has(id))]);
  return new Set(rows.map(({ id }) => Number(id)));
}

/** Contacts without a lock, on one snapshot, in no particular order. */
export async function readContacts(runner: StatementRunner | StatementPool, ids: readonly number[]): Promise<ContactState[]> {
  if (ids.length === 0) return [];
  const rows =
    runner instanceof StatementPool ? await runner.query<ContactRow>(READ, [ids]) : await query<ContactRow>(runner, READ, [ids]);
  return rows.map((row) => stateOf(row, associationsOf(row)));
}

/** Contacts without a lock, for many at once: associations in rows of their own cost the database less. In no particular order. */
export async function readManyContacts(transaction: StatementTransaction, ids: readonly number[]): Promise<ContactState[]> {
  const [rows, associations] = await Promise.all([
    transaction.query<OwnRow>(READ_OWN, [ids]),
    readFlatAssociations(transaction, ids),
  ]);
  return rows.map((row) => stateOf(row, associations(Number(row.id))));
}

const stateOf = (row: OwnRow, { companies, tags }: ContactAssociations): ContactState => ({
  ...row,
  id: Number(row.id),
  version: Number(row.version),
  loginVersion: Number(row.loginVersion),
  createdAt: isoTime(row.createdAt),
  updatedAt: isoTime(row.updatedAt),
  changedAt: isoTime(row.changedAt),
  companies,
  tags,
});
