import type { ContactSnapshot } from '../contact.schema.js';
import type { ContactSyncEvent, EventAttributes } from '../events.js';
import { changedContactFields } from '../contact.derivation.js';
import { contactAfter, contactOf, type ContactFields } from './contact.fields.js';
import { nextAttributes, nextContactId } from './event.numbers.js';

/** An event with a contact in it. */
export type ContactState = ContactSyncEvent<'ContactCreated' | 'ContactUpdated'>;

/** Event metadata that a test sets; the rest continues from the event built before. */
export type EventMetadata = Partial<EventAttributes>;

/** A created contact, with a new `contact_id` unless one is given. */
export function aContactCreated(
  { contact_id = nextContactId(), ...fields }: ContactFields & { contact_id?: number } = {},
  metadata?: EventMetadata,
): ContactSyncEvent<'ContactCreated'> {
  const attributes = nextAttributes(metadata);
  const contact = contactOf(contact_id, attributes.time, fields);
  return {
    ...attributes,
    name: 'ContactCreated',
    data: { contact_id, version: 1, changed: changedContactFields(NOTHING, contact), contact },
  };
}

/**
 * A contact changed by one transaction, one version after the given event, or after a creation outside the history.
 * Without fields, the email changes.
 * @throws {TypeError} where the fields change nothing, since the gateway publishes no such event
 */
export function aContactUpdated(
  fields: ContactFields = {},
  { after = aContactCreated(), ...metadata }: EventMetadata & { after?: ContactState } = {},
): ContactSyncEvent<'ContactUpdated'> {
  const { contact_id, version, contact: before } = after.data;
  const attributes = nextAttributes(metadata);
  const isAny = Object.keys(fields).length === 0;
  const patch = isAny ? { email: `contact-${contact_id}.${version + 1}@acme.example` } : fields;
  const contact = contactAfter(before, attributes.time, patch);
  const changed = changedContactFields(before, contact);
  if (changed.length === 0) throw new TypeError('The fields do not change the contact: there is no such event.');
  const former = Object.fromEntries(changed.map((name) => [name, before[name]]));
  return {
    ...attributes,
    name: 'ContactUpdated',
    data: { contact_id, version: contact.version, changed, before: former, contact },
  };
}

/** A deleted contact, one version after the given event, or after a creation outside the history. */
export function aContactDeleted({
  after = aContactCreated(),
  ...metadata
}: EventMetadata & { after?: ContactState } = {}): ContactSyncEvent<'ContactDeleted'> {
  const { contact_id, version, contact } = after.data;
  const company_ids = contact.companies.map(({ id }) => id);
  return { ...nextAttributes(metadata), name: 'ContactDeleted', data: { contact_id, version: version + 1, company_ids } };
}

// In a created contact every field is new.
const NOTHING = {} as ContactSnapshot;
