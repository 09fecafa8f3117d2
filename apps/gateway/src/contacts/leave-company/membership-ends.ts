import { query, type StatementTransaction } from '#app/postgres';
import { companyDeleted } from '../../companies/company.events.js';
import type { EventOrigin } from '../../writes/event-metadata.js';
import type { WriteRequest } from '../../writes/write-request.js';
import type { TogetherUnit, WriteUnit } from '../../writes/write-unit.js';
import { changeOf, eventsOf, type ContactChange } from '../contact.change.js';
import type { ContactState } from '../contact.state.js';
import { lockAndRead, readContacts } from '../contact.store.js';
import { sendContacts } from '../contact-writes.store.js';

/** Most contacts of one part: their updates wait while it runs. */
const CONTACTS_AT_ONCE = 50;
/** Most contacts that a dry run reads at once: other requests wait while it makes their events. */
const PREVIEWED_AT_ONCE = 200;

/** What became of a part. */
export type Part =
  | 'company removed'
  /** Another replica works on it, or has removed it. */
  | 'elsewhere'
  /** So many memberships ended; the next part begins after `last`, or from the start after the last contact. */
  | { ended: number; last: number | undefined };

/**
 * Ends some memberships of a closed company, in the order of contacts after `after`, and removes the company once it has none.
 * Contacts that another transaction has locked are left for a later part, so that no writer waits.
 */
export async function endMemberships(unit: TogetherUnit, companyId: number, after: number): Promise<Part> {
  const { transaction } = unit;
  const origin = await lockClosed(transaction, companyId);
  if (!origin) return 'elsewhere';
  const ids = await contactsIn(transaction, companyId, { after, most: CONTACTS_AT_ONCE });
  if (ids.length === 0 && after === 0) return remove(unit, companyId, origin);
  const { locked } = await lockAndRead(transaction, ids);
  // A contact can have left between the two statements.
  const leaving = [...locked.values()].filter(({ companies }) => companies.some(({ id }) => id === companyId));
  const changes = leaving.map((contact) => leave(contact, companyId));
  sendContacts(transaction, { created: [], changed: changes });
  await unit.record(changes.flatMap((change) => eventsOf(change, origin)));
  return { ended: changes.length, last: ids.at(-1) };
}

/**
 * Records what the end of a company's memberships would lead to, without locks on its contacts.
 * @throws {TimedOut} at the deadline: a company can have more contacts than are read until then
 */
export async function previewEnds(
  unit: WriteUnit,
  companyId: number,
  request: EventOrigin & Pick<WriteRequest, 'deadline'>,
): Promise<void> {
  for (let after = 0; ;) {
    request.deadline.assertNotOver();
    const ids = await contactsIn(unit.em, companyId, { after, most: PREVIEWED_AT_ONCE });
    const contacts = await readContacts(unit.em, ids);
    await unit.record(contacts.flatMap((contact) => eventsOf(leave(contact, companyId), request)));
    if (ids.length < PREVIEWED_AT_ONCE) return;
    after = ids.at(-1)!;
  }
}

/** The request that closed a company, which is locked now; undefined if it is gone, or locked elsewhere. */
async function lockClosed(transaction: StatementTransaction, companyId: number): Promise<EventOrigin | undefined> {
  const [row] = await query<EventOrigin>(
    transaction,
    'select request_id as "requestId", actor, traceparent from closed_company where company_id = $1 for update skip locked',
    [companyId],
  );
  return row;
}

async function contactsIn(
  runner: Parameters<typeof query>[0],
  companyId: number,
  { after, most }: { after: number; most: number },
): Promise<number[]> {
  const rows = await query<{ contact_id: string }>(
    runner,
    `select contact_id from contact_company where company_id = $1 and contact_id > $2 order by contact_id limit ${most}`,
    [companyId, after],
  );
  return rows.map(({ contact_id }) => Number(contact_id));
}

const leave = (contact: ContactState, companyId: number): ContactChange =>
  changeOf(contact, { ...contact, companies: contact.companies.filter(({ id }) => id !== companyId) });

async function remove(unit: TogetherUnit, companyId: number, request: EventOrigin): Promise<Part> {
  const [row] = await query<{ version: string; at: string | Date }>(
    unit.transaction,
    'delete from company where id = $1 returning version, greatest(clock_timestamp(), updated_at) as at',
    [companyId],
  );
  await unit.record([companyDeleted({ id: companyId, version: Number(row!.version) }, { at: new Date(row!.at), request })]);
  return 'company removed';
}
