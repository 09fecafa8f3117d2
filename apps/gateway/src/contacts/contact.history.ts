import type { ContactEventName, ContactField, ContactSnapshot, ContactSyncEvent } from '#app/contracts';

/** A field's value before and after; `old` is null where the contact was created. */
export interface FieldChange {
  old: unknown;
  new: unknown;
}

/** What an event changed: a contact's fields by name, or the kinds of change of a login. */
export type HistoryChanges = Partial<Record<ContactField, FieldChange>> | string[];

/** One row of `contact_event`, named as its columns; `seq` is drawn by the database. */
export interface HistoryRow {
  /** Id of the event, so that history, topic and stream speak of one thing by one name. */
  id: string;
  contact_id: number;
  type: ContactEventName;
  /** The contact's version; of a login's event, the login's own. */
  version: number;
  /** RFC 3339 in UTC. */
  created_at: string;
  request_id: string;
  /** Id of the API token, decimal; null where no token asked for it. */
  token_id: string | null;
  changes: HistoryChanges;
}

/**
 * What the history keeps of an event, to be written in the transaction of its change.
 *
 * Of a login only the kinds of change: neither its credential nor its position is history.
 * @returns null for a deletion: the history goes with the contact
 */
export function historyOf(event: ContactSyncEvent<ContactEventName>): HistoryRow | null {
  const { id, name, time, correlationId, actor, data } = event;
  const row = { id, contact_id: data.contact_id, type: name, version: data.version, created_at: time };
  const origin = { request_id: correlationId, token_id: actor };
  switch (event.name) {
    case 'ContactCreated':
      return { ...row, ...origin, changes: fieldChanges(event.data.changed, {}, event.data.contact) };
    case 'ContactUpdated':
      return { ...row, ...origin, changes: fieldChanges(event.data.changed, event.data.before, event.data.contact) };
    case 'PortalLoginChanged':
      return { ...row, ...origin, changes: [...event.data.changes] };
    case 'ContactDeleted':
      return null;
  }
}

const fieldChanges = (
  changed: readonly ContactField[],
  before: Partial<ContactSnapshot>,
  after: ContactSnapshot,
): HistoryChanges => Object.fromEntries(changed.map((name) => [name, { old: before[name] ?? null, new: after[name] }]));
