import { changedContactFields, type ContactField, type ContactSnapshot } from '#app/contracts';
import type { OutboxDraft } from '#app/messaging';
import { contactUpdated, portalLoginEvents, type EventOrigin, type LoginChange } from './contact.events.js';
import { snapshotAfter, snapshotOf } from './contact.snapshot.js';
import type { ContactState } from './contact.state.js';

/** The result of one write for one contact. */
export interface ContactChange {
  before: ContactState;
  /** With version and time raised if anything changed. */
  after: ContactState;
  former: ContactSnapshot;
  snapshot: ContactSnapshot;
  changed: ContactField[];
  login?: LoginChange | undefined;
}

/** The change from one state to another: version and time are raised if a visible value differs. */
export function changeOf(before: ContactState, next: ContactState, login?: LoginChange): ContactChange {
  const former = snapshotOf(before, before);
  const snapshot = snapshotAfter(former, next);
  const changed = changedContactFields(former, snapshot);
  if (changed.length === 0) return { before, after: next, former, snapshot, changed, login };
  const after = { ...next, version: before.version + 1, updatedAt: before.changedAt };
  snapshot.version = after.version;
  snapshot.updated_at = after.updatedAt;
  return { before, after, former, snapshot, changed, login };
}

/** The events of a change, in the order of publication. */
export function eventsOf({ before, former, snapshot, changed, login }: ContactChange, request: EventOrigin): OutboxDraft[] {
  const metadata = { at: before.changedAt, request };
  const events: OutboxDraft[] = [];
  if (changed.length > 0) events.push(contactUpdated({ before: former, after: snapshot, changed }, metadata));
  if (login) events.push(...portalLoginEvents(login, metadata));
  return events;
}
