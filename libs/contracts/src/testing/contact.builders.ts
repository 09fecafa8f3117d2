import type { ContactSnapshot } from '../contact.schema.js';
import type { ContactSyncEvent, EventAttributes } from '../events.js';
import { changedContactFields } from '../contact.derivation.js';
import { contactAfter, contactOf, type ContactFields } from './contact.fields.js';
import { nextAttributes, nextContactId } from './event.numbers.js';

/** An event with a contact in it. */
export type ContactState = ContactSyncEvent<'ContactCreated' | 'ContactUpdated'>;

/** What a test says of an event beside its data; the rest goes on from the event built before. */
export type Occasion = Partial<EventAttributes>;

/** A contact that is created; with a `contact_id` of its own unless one is given. */
export function aContactCreated(
  { contact_id = nextContactId(), ...fields }: ContactFields & { contact_id?: number } = {},
  occasion?: Occasion,
): ContactSyncEvent<'ContactCreated'> {
  const attributes = nextAttributes(occasion);
  const contact = contactOf(contact_id, attributes.time, fields);
  return {
    ...attributes,
    name: 'ContactCreated',
    data: { contact_id, version: 1, changed: changedContactFields(NOTHING, contact), contact },
  };
}

/**
 * A contact that is changed by one transaction, one version after the event that is given, or after a creation that nobody saw.
 * Without fields it is the email that changes.
 * @throws {TypeError} where the fields change nothing: the gateway tells of no such update
 */
export function aContactUpdated(
  fields: ContactFields = {},
  { after = aContactCreated(), ...occasion }: Occasion & { after?: ContactState } = {},
): ContactSyncEvent<'ContactUpdated'> {
  const { contact_id, version, contact: before } = after.data;
  const attributes = nextAttributes(occasion);
  const isAny = Object.keys(fields).length === 0;
  const patch = isAny ? { email: `contact-${contact_id}.${version + 1}@acme.example` } : fields;
  const contact = contactAfter(before, attributes.time, patch);
  const changed = changedContactFields(before, contact);
  if (changed.length === 0) throw new TypeError('Nothing of the contact changes: there is no event for that.');
  const former = Object.fromEntries(changed.map((name) => [name, before[name]]));
  return {
    ...attributes,
    name: 'ContactUpdated',
    data: { contact_id, version: contact.version, changed, before: former, contact },
  };
}

/** A contact that is deleted, one version after the event that is given, or after a creation that nobody saw. */
export function aContactDeleted({
  after = aContactCreated(),
  ...occasion
}: Occasion & { after?: ContactState } = {}): ContactSyncEvent<'ContactDeleted'> {
  const { contact_id, version, contact } = after.data;
  const company_ids = contact.companies.map(({ id }) => id);
  return { ...nextAttributes(occasion), name: 'ContactDeleted', data: { contact_id, version: version + 1, company_ids } };
}

// Of a contact that is created everything is new.
const NOTHING = {} as ContactSnapshot;
