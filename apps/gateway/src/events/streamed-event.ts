import {
  COMPANY_FIELDS,
  CONTACT_FIELDS,
  isCompanyEvent,
  subjectOfEvent,
  type ContactSyncEvent,
  type EventName,
} from '#app/contracts';

/** An event as streams send it, made once for all of them. */
export interface StreamedEvent {
  name: EventName;
  /** Undefined if the event is about a company. */
  contactId: number | undefined;
  /** Undefined if the event is about a contact. */
  companyId: number | undefined;
  /** The names that the event changed; undefined if it does not name them. */
  changed: readonly string[] | undefined;
  /** The lines of a server-sent event, without its id. */
  lines: string;
}

/**
 * The data of each event that is streamed: an allow-list, so that a new field of an event is not streamed by accident.
 * The credential of a login is only for the auth app.
 */
const SHOWN: Readonly<Record<EventName, readonly string[]>> = {
  ContactCreated: ['contact_id', 'version', 'changed', 'contact'],
  ContactUpdated: ['contact_id', 'version', 'changed', 'before', 'contact'],
  ContactDeleted: ['contact_id', 'version', 'company_ids'],
  CompanyCreated: ['company_id', 'version', 'changed', 'company'],
  CompanyUpdated: ['company_id', 'version', 'changed', 'before', 'company'],
  CompanyDeleted: ['company_id', 'version'],
  PortalLoginChanged: ['contact_id', 'version', 'position', 'changes', 'email', 'previous_email'],
};
/** Parts of the data that are a contact or company, or some of its fields. */
const PARTS: ReadonlySet<string> = new Set(['before', 'contact', 'company']);

/** The event as it is streamed. */
export function streamedEvent(event: ContactSyncEvent): StreamedEvent {
  const { id, name, time, correlationId, data } = event;
  const { version } = data;
  const shown = {
    id,
    type: name,
    time,
    subject: subjectOfEvent(event),
    version,
    correlation_id: correlationId,
    data: shownData(event),
  };
  // JSON has no line breaks, so the data is one line.
  const about = isCompanyEvent(event)
    ? { contactId: undefined, companyId: event.data.company_id }
    : { contactId: event.data.contact_id, companyId: undefined };
  const changed = 'changed' in data ? data.changed : 'changes' in data ? data.changes : undefined;
  return { name, ...about, changed, lines: `event: ${name}\ndata: ${JSON.stringify(shown)}\n` };
}

function shownData(event: ContactSyncEvent): Record<string, unknown> {
  const shown = pick(event.data, SHOWN[event.name]);
  const fields = isCompanyEvent(event) ? COMPANY_FIELDS : CONTACT_FIELDS;
  for (const part of Object.keys(shown)) if (PARTS.has(part)) shown[part] = pick(shown[part] as object, fields);
  return shown;
}

function pick(from: object, names: readonly string[]): Record<string, unknown> {
  const source = from as Record<string, unknown>;
  return Object.fromEntries(names.filter((name) => Object.hasOwn(source, name)).map((name) => [name, source[name]]));
}
