import { decodeRecord } from '../event.codec.js';
import type { CompanySnapshot } from '../company.schema.js';
import type { ContactSnapshot } from '../contact.schema.js';
import { subjectOfEvent, type ContactSyncEvent } from '../events.js';
import type { PortalLoginChanged } from '../portal-login.events.js';
import { recordsOf, type HistoryEntry } from './history.js';

/** A version that the history does not hold. */
export class UnknownVersion extends Error {
  override readonly name = 'UnknownVersion';
}

/** A contact as it was at a version; null if that version deleted it. @throws {UnknownVersion} */
export const contactAt = (entries: readonly HistoryEntry[], contactId: number, version: number): ContactSnapshot | null => {
  const { data } = eventAt(entries, `contacts/${contactId}`, version, (event) => event.name !== 'PortalLoginChanged');
  return 'contact' in data ? data.contact : null;
};

/** A company as it was at a version; null if that version deleted it. @throws {UnknownVersion} */
export const companyAt = (entries: readonly HistoryEntry[], companyId: number, version: number): CompanySnapshot | null => {
  const { data } = eventAt(entries, `companies/${companyId}`, version, () => true);
  return 'company' in data ? data.company : null;
};

/** A contact's login as it was at a version of the login; null if that version removed it. @throws {UnknownVersion} */
export const loginAt = (entries: readonly HistoryEntry[], contactId: number, version: number): PortalLoginChanged | null => {
  const event = eventAt(entries, `contacts/${contactId}`, version, ({ name }) => name === 'PortalLoginChanged');
  const login = event.data as PortalLoginChanged;
  return login.email === null ? null : login;
};

function eventAt(
  entries: readonly HistoryEntry[],
  subject: string,
  version: number,
  isOfSeries: (event: ContactSyncEvent) => boolean,
): ContactSyncEvent {
  const events = recordsOf(entries).flatMap((record) => {
    const decoded = decodeRecord(record);
    return decoded.kind === 'event' && subjectOfEvent(decoded.event) === subject && isOfSeries(decoded.event)
      ? decoded.event
      : [];
  });
  const found = events.find(({ data }) => data.version === version);
  if (found) return found;
  const versions = events.map(({ data }) => data.version);
  const held = versions.length === 0 ? 'none' : `${Math.min(...versions)} to ${Math.max(...versions)}`;
  throw new UnknownVersion(`${subject} has no version ${version} in this history: it holds ${held}.`);
}
