import {
  BOOKKEEPING_FIELDS,
  CONTACT_FIELDS,
  tombstoneAfter,
  type ContactField,
  type ContactSnapshot,
  type ContactSyncEvent,
  type PortalLoginChange,
} from '#app/contracts';
import type { OutboxDraft } from '#app/messaging';
import { eventId } from '../writes/event-id.js';
import { eventAttributes, type EventMetadata } from '../writes/event-metadata.js';

export type { EventMetadata, EventOrigin } from '../writes/event-metadata.js';

/** One change of one contact, by value. */
export interface ContactChange {
  before: ContactSnapshot;
  after: ContactSnapshot;
  changed: ContactField[];
}

/** One change of one login, by value; the position is drawn when the event is recorded. */
export interface LoginChange {
  contactId: number;
  version: number;
  changes: PortalLoginChange[];
  email: string | null;
  previousEmail: string | null;
  credential: string | null;
}

/** A contact was created. */
export function contactCreated(contact: ContactSnapshot, occasion: EventMetadata): ContactSyncEvent<'ContactCreated'> {
  const changed = CONTACT_FIELDS.filter((name) => !BOOKKEEPING_FIELDS.has(name));
  const data = { contact_id: Number(contact.id), version: contact.version, changed, contact };
  return { ...eventAttributes(occasion), name: 'ContactCreated', data };
}

/** A contact changed; `changed` is never empty. */
export function contactUpdated(
  { before, after, changed }: ContactChange,
  occasion: EventMetadata,
): ContactSyncEvent<'ContactUpdated'> {
  const former = Object.fromEntries(changed.map((name) => [name, before[name]]));
  const data = { contact_id: Number(after.id), version: after.version, changed, before: former, contact: after };
  return { ...eventAttributes(occasion), name: 'ContactUpdated', data };
}

/** A login was made, changed or removed; a removal is followed by a tombstone. */
export function portalLoginEvents(change: LoginChange, occasion: EventMetadata): OutboxDraft[] {
  const { contactId, version, changes, email, previousEmail, credential } = change;
  const said = eventAttributes(occasion);
  const event = (position: number): ContactSyncEvent<'PortalLoginChanged'> => ({
    ...said,
    name: 'PortalLoginChanged',
    data: { contact_id: contactId, version, position, changes, email, previous_email: previousEmail, credential },
  });
  return email === null ? [event, tombstoneAfter(event(1), eventId())] : [event];
}

/** A contact was deleted; `version` is the one after its last. */
export function contactDeleted(
  { id, version, companies }: Pick<ContactSnapshot, 'id' | 'version'> & { companies: readonly { id: number }[] },
  occasion: EventMetadata,
): ContactSyncEvent<'ContactDeleted'> {
  const data = { contact_id: Number(id), version: version + 1, company_ids: companies.map((company) => company.id) };
  return { ...eventAttributes(occasion), name: 'ContactDeleted', data };
}
