import {
  isoTime,
  query,
  StatementPool,
  type PreparedStatement,
  type StatementRunner,
  type StatementTransaction,
} from '#app/postgres';
import { namesOfKind, propertyOf } from '../wire/fields.js';
import { ASSOCIATION_COLUMNS, associationsOf, readFlatAssociations, type AssociationCells } from './contact.associations.js';
import type { ContactChange } from './contact.change.js';
import { CONTACT_BODY_FIELDS } from './contact.fields.js';
import type { ContactAssociations, ContactState } from './contact.state.js';
import { sendMemberships } from './membership.store.js';

/*
 * The hot path's reads and writes, by statements that each connection prepares once. When they took the place of the
 * ORM's find, hydration, change sets and statement building, the CPU of an update fell from 3.1 times a bare handler's to 1.5 times.
 * test/update-routes.e2e-spec.ts checks that their result equals the ORM's.
 */

const TEXTS = namesOfKind(CONTACT_BODY_FIELDS, 'text').map((column) => ({ column, property: propertyOf(column) }));

// Named as the properties of a state. Times are texts: a `Date` costs 0.5 µs to read and as much to print, and an update reads three and prints five.
const OWN_COLUMNS = `c.id, c.version, c.login_version as "loginVersion", c.has_portal_login as "hasPortalLogin", c.email_key as "emailKey",
  c.created_at::text as "createdAt", c.updated_at::text as "updatedAt",
  greatest(clock_timestamp(), c.updated_at)::text as "changedAt",
  ${TEXTS.map(({ column, property }) => `c.${column} as "${property}"`).join(', ')}`;

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

/** What a write sets, from a state. */
const WRITTEN: readonly { column: string; type: string; valueOf: ValueOf }[] = [
  { column: 'version', type: 'bigint', valueOf: ({ version }) => version },
  { column: 'login_version', type: 'bigint', valueOf: ({ loginVersion }) => loginVersion },
  { column: 'has_portal_login', type: 'boolean', valueOf: ({ hasPortalLogin }) => hasPortalLogin },
  { column: 'email_key', type: 'text', valueOf: ({ emailKey }) => emailKey },
  { column: 'updated_at', type: 'timestamptz', valueOf: ({ updatedAt }) => updatedAt },
  ...TEXTS.map(({ column, property }) => ({ column, type: 'text', valueOf: (state: ContactState) => state[property] })),
];
const COLUMN_NAMES = WRITTEN.map(({ column }) => column).join(', ');
const LISTS = WRITTEN.map(({ type }, index) => `$${index + 2}::${type}[]`);

// A list is null where no contact changes the column: then the gateway need not write its values, nor PostgreSQL read them.
const WRITE: PreparedStatement = {
  name: 'contacts-write',
  text: `update contact c set
      ${WRITTEN.map(({ column }, index) => `${column} = case when ${LISTS[index]} is null then c.${column} else r.${column} end`).join(', ')}
    from unnest($1::bigint[], ${LISTS.join(', ')}) as r(id, ${COLUMN_NAMES})
    where c.id = r.id`,
};

// The contacts of a batch in one statement; a column that none of them fills is null as a whole.
const CREATE: PreparedStatement = {
  name: 'contacts-create',
  text: `insert into contact (id, created_at, ${COLUMN_NAMES})
    select * from unnest($1::bigint[], $${WRITTEN.length + 2}::timestamptz[], ${LISTS.join(', ')})`,
};

const DRAW: PreparedStatement = {
  name: 'contacts-draw',
  text: `select coalesce(r.id, nextval(pg_get_serial_sequence('contact', 'id'))) as id, clock_timestamp()::text as at
    from unnest($1::bigint[]) with ordinality as r(id, place) order by r.place`,
};

const DELETE: PreparedStatement = {
  name: 'contacts-delete',
  text: `delete from contact where id = any($1::bigint[])`,
};

const REMOVE_TAGS: PreparedStatement = {
  name: 'tags-remove',
  text: `delete from contact_tag l using unnest($1::bigint[], $2::bigint[]) as r(contact_id, tag_id)
    where l.contact_id = r.contact_id and l.tag_id = r.tag_id`,
};

const ADD_TAGS: PreparedStatement = {
  name: 'tags-add',
  text: `insert into contact_tag (contact_id, tag_id) select * from unnest($1::bigint[], $2::bigint[])`,
};

/** A new contact's id, and the moment of its creation by the database's clock, RFC 3339. */
export interface Birth {
  id: number;
  at: string;
}

/** Draws ids of new contacts. @param ids ids that are drawn already; null for the others */
export async function drawBirths(transaction: StatementTransaction, ids: readonly (number | null)[]): Promise<Birth[]> {
  if (ids.length === 0) return [];
  const rows = await transaction.query<{ id: string; at: string }>(DRAW, [ids]);
  return rows.map(({ id, at }) => ({ id: Number(id), at: isoTime(at) }));
}

/** A contact before and after a write; before its creation it is blank. */
type Written = Pick<ContactChange, 'before' | 'after'>;

/**
 * Sends the writes of new contacts and of changes, one change per contact; the commit reports their failure. Creations by the ORM, one
 * a transaction, cost ten times the CPU.
 */
export function sendContacts(
  transaction: StatementTransaction,
  { created, changed }: { created: readonly Written[]; changed: readonly ContactChange[] },
): void {
  const updated = changed.filter(
    ({ before, after }) => before.version !== after.version || before.loginVersion !== after.loginVersion,
  );
  if (created.length > 0) void transaction.query(CREATE, [...valuesOf(created, valuesGiven), created.map(createdAt)]);
  if (updated.length > 0) void transaction.query(WRITE, valuesOf(updated, newValues));
  const written = created.length > 0 ? [...created, ...updated] : updated;
  if (written.length === 0) return;
  sendMemberships(transaction, written);
  sendTags(transaction, written);
}

/** Sends the deletions of contacts, with their memberships and tags. Their logins must go before. */
export function sendDeletions(transaction: StatementTransaction, ids: readonly number[]): void {
  if (ids.length > 0) void transaction.query(DELETE, [ids]);
}

type ValueOf = (state: ContactState) => unknown;

/** Ids of written contacts, and a list for each column. */
const valuesOf = (written: readonly Written[], listOf: (written: readonly Written[], valueOf: ValueOf) => unknown[] | null) => [
  written.map(({ after }) => after.id),
  ...WRITTEN.map(({ valueOf }) => listOf(written, valueOf)),
];

const createdAt = ({ after }: Written): string => after.createdAt;

/** The values of a column of new contacts; null where none of them has one. */
function valuesGiven(created: readonly Written[], valueOf: ValueOf): unknown[] | null {
  const values = created.map(({ after }) => valueOf(after));
  return values.every((value) => value === null) ? null : values;
}

/** The values of a column after changes; null where none of them changes it. */
function newValues(changes: readonly Written[], valueOf: ValueOf): unknown[] | null {
  if (changes.every(({ before, after }) => valueOf(before) === valueOf(after))) return null;
  return changes.map(({ after }) => valueOf(after));
}

function sendTags(transaction: StatementTransaction, changes: readonly Written[]): void {
  const moved = changes.filter(({ before, after }) => before.tags !== after.tags);
  const missingIn = (from: 'before' | 'after', other: 'before' | 'after'): [number, number][] =>
    moved.flatMap((change) => {
      const others = new Set(change[other].tags.map(({ id }) => id));
      return change[from].tags.filter(({ id }) => !others.has(id)).map(({ id }): [number, number] => [change.after.id, id]);
    });
  const send = (statement: PreparedStatement, pairs: [number, number][]) => {
    if (pairs.length > 0)
      void transaction.query(statement, [pairs.map(([contactId]) => contactId), pairs.map(([, tagId]) => tagId)]);
  };
  send(REMOVE_TAGS, missingIn('before', 'after'));
  send(ADD_TAGS, missingIn('after', 'before'));
}
