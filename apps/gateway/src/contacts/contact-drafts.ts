import { changedContactFields, type ContactSnapshot } from '#app/contracts';
import type { OutboxDraft } from '#app/messaging';
import type { WriteRequest } from '../writes/write-request.js';
import type { WriteUnit } from '../writes/write-unit.js';
import type { Contact } from './contact.entity.js';
import { contactUpdated, portalLoginEvents, type LoginChange } from './contact.events.js';
import { snapshotOf } from './contact.snapshot.js';

/** One contact on its way from what it was to what a request asks for. */
export interface Draft {
  contact: Contact;
  before: ContactSnapshot;
  /** Set when the draft is concluded. */
  after?: ContactSnapshot;
  request: WriteRequest;
  login?: LoginChange | undefined;
}

/** When a locked contact changes: the database's clock, and never before its last change. */
export const changeTime = (contact: Contact): Date =>
  contact.lockedAt.getTime() > contact.updatedAt.getTime() ? contact.lockedAt : contact.updatedAt;

/**
 * Raises version and time of what changed, and notes what it became.
 * @returns the events that tell of it, in the order in which they are to be published
 */
export function concludeDrafts(drafts: readonly Draft[]): OutboxDraft[] {
  return drafts.flatMap((draft) => {
    const { contact, before, request, login } = draft;
    const at = changeTime(contact);
    const after = snapshotOf(contact);
    const changed = changedContactFields(before, after);
    if (changed.length > 0) {
      after.version = ++contact.version;
      contact.updatedAt = at;
      after.updated_at = at.toISOString();
    }
    draft.after = after;
    const events: OutboxDraft[] = [];
    if (changed.length > 0) events.push(contactUpdated({ before, after, changed }, { at, request }));
    if (login) events.push(...portalLoginEvents(login, { at, request }));
    return events;
  });
}

/**
 * Takes the primary flag of these companies from locked contacts, so that another can have it.
 * Written at once: the index allows one primary contact a company at any moment.
 */
export async function demotePrimaries(
  unit: WriteUnit,
  contacts: readonly Contact[],
  companyIds: readonly number[],
): Promise<void> {
  const places = contacts
    .flatMap((contact) => contact.places.getItems())
    .filter((place) => companyIds.includes(place.company.id));
  for (const place of places) place.isPrimary = false;
  if (places.length > 0) await unit.flush();
}
