import type { ContactEventName, ContactField, ContactSnapshot, ContactSyncEvent } from '#app/contracts';

/** A field's value before and after; `old` is null if the contact was created. */
export interface FieldChange {
  old: unknown;
  new: unknown;
}

/** What an event changed: a contact's fields by name, or the kinds of change of a login. */
type HistoryChanges = Partial<Record<ContactField, FieldChange>> | string[];

/** One row of `contact_event`, named as its columns; `seq` is drawn by the database. */
export interface HistoryRow {
  /** Id of the event: history, topic and stream use the same one. */
  id: string;
  contact_id: number;
  type: ContactEventName;
  /** The contact's version; of a login's event, the login's own. */
  version: number;
  /** RFC 3339 in UTC. */
  created_at: string;
  request_id: string;
  /** Id of the API token, decimal; null without a token. */
  token_id: string | null;
  changes: HistoryChanges;
}

/**
 * The history's row of an event, written in the transaction of its change.
 *
 * A login's row has only the kinds of change: its credential and position are not history.
 * @returns null for a deletion: the history is deleted with the contact
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
