import {
  COMPANY_FIELDS,
  CONTACT_FIELDS,
  isCompanyEvent,
  subjectOfEvent,
  type ContactSyncEvent,
  type EventDataByName,
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

/** Each field of an event's data, and whether it is streamed. */
type Shown = { readonly [Name in EventName]: Readonly<Record<keyof EventDataByName[Name], boolean>> };

/** A new field is decided here before it compiles. The credential of a login is only for the auth app. */
const SHOWN: Shown = {
  ContactCreated: { contact_id: true, version: true, changed: true, contact: true },
  ContactUpdated: { contact_id: true, version: true, changed: true, before: true, contact: true },
  ContactDeleted: { contact_id: true, version: true, company_ids: true },
  CompanyCreated: { company_id: true, version: true, changed: true, company: true },
  CompanyUpdated: { company_id: true, version: true, changed: true, before: true, company: true },
  CompanyDeleted: { company_id: true, version: true },
  PortalLoginChanged: {
    contact_id: true,
    version: true,
    position: true,
    changes: true,
    email: true,
    previous_email: true,
    credential: false,
  },
};
const namesShown = (shown: Readonly<Record<string, boolean>>): string[] => Object.keys(shown).filter((name) => shown[name]);
const SHOWN_NAMES = new Map(Object.entries(SHOWN).map(([name, shown]) => [name, namesShown(shown)]));
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
  const shown = pick(event.data, SHOWN_NAMES.get(event.name)!);
  const fields = isCompanyEvent(event) ? COMPANY_FIELDS : CONTACT_FIELDS;
  for (const part of Object.keys(shown)) if (PARTS.has(part)) shown[part] = pick(shown[part] as object, fields);
  return shown;
}

function pick(from: object, names: readonly string[]): Record<string, unknown> {
  const source = from as Record<string, unknown>;
  return Object.fromEntries(names.filter((name) => Object.hasOwn(source, name)).map((name) => [name, source[name]]));
}
