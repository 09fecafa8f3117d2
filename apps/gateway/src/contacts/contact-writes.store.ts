import { isoTime, type PreparedStatement, type StatementTransaction } from '#app/postgres';
import type { ContactChange } from './contact.change.js';
import { TEXT_COLUMNS } from './contact.fields.js';
import type { ContactState } from './contact.state.js';
import { sendMemberships } from './membership.store.js';
import { sendTags } from './contact-tag.store.js';

type ValueOf = (state: ContactState) => unknown;

/** What a write sets, from a state. */
const WRITTEN: readonly { column: string; type: string; valueOf: ValueOf }[] = [
  { column: 'version', type: 'bigint', valueOf: ({ version }) => version },
  { column: 'login_version', type: 'bigint', valueOf: ({ loginVersion }) => loginVersion },
  { column: 'has_portal_login', type: 'boolean', valueOf: ({ hasPortalLogin }) => hasPortalLogin },
  { column: 'email_key', type: 'text', valueOf: ({ emailKey }) => emailKey },
  { column: 'updated_at', type: 'timestamptz', valueOf: ({ updatedAt }) => updatedAt },
  ...TEXT_COLUMNS.map(({ column, property }) => ({ column, type: 'text', valueOf: (state: ContactState) => state[property] })),
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
