import { CONTACT_FIELDS, subjectOf, type ContactSyncEvent, type EventName } from '#app/contracts';

/** An event as streams send it, made once for all of them. */
export interface StreamedEvent {
  name: EventName;
  contactId: number;
  /** The lines of a server-sent event but its id. */
  lines: string;
}

/**
 * What of each event's data goes out: an allow-list, so that nothing that is added to an event later gets out by itself.
 * The credential of a login is for the auth app alone.
 */
const SHOWN: Readonly<Record<EventName, readonly string[]>> = {
  ContactCreated: ['contact_id', 'version', 'changed', 'contact'],
  ContactUpdated: ['contact_id', 'version', 'changed', 'before', 'contact'],
  ContactDeleted: ['contact_id', 'version', 'company_ids'],
  PortalLoginChanged: ['contact_id', 'version', 'position', 'changes', 'email', 'previous_email'],
};
/** Parts of the data that are a contact, or some of its fields. */
const CONTACT_PARTS: ReadonlySet<string> = new Set(['before', 'contact']);

/** The event as it is streamed. */
export function streamedEvent({ id, name, time, correlationId, data }: ContactSyncEvent): StreamedEvent {
  const { contact_id: contactId, version } = data;
  const shown = {
    id,
    type: name,
    time,
    subject: subjectOf(contactId),
    version,
    correlation_id: correlationId,
    data: shownData(name, data),
  };
  // JSON has no line breaks, so the data is one line.
  return { name, contactId, lines: `event: ${name}\ndata: ${JSON.stringify(shown)}\n` };
}

function shownData(name: EventName, data: object): Record<string, unknown> {
  const shown = pick(data, SHOWN[name]);
  for (const part of Object.keys(shown)) if (CONTACT_PARTS.has(part)) shown[part] = pick(shown[part] as object, CONTACT_FIELDS);
  return shown;
}

function pick(from: object, names: readonly string[]): Record<string, unknown> {
  const source = from as Record<string, unknown>;
  return Object.fromEntries(names.filter((name) => Object.hasOwn(source, name)).map((name) => [name, source[name]]));
}
