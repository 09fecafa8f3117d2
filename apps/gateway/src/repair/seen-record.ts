import { decodeRecord, isCompanyEvent, type ContactSnapshot, type ContactSyncEvent } from '#app/contracts';
import type { LogRecord } from '#app/messaging';

/** What has versions of its own on the topics. */
export type SeenKind = 'contact' | 'company' | 'login';

/** What one record says of its key. */
export interface Observation {
  id: number;
  version: number;
  is_gone: boolean;
  /** The companies of a contact. */
  company_ids: number[];
}

/** The greatest id or position of each kind that records name; 0 where they name none. */
export interface SeenMaxima {
  contactId: number;
  companyId: number;
  tagId: number;
  tokenId: number;
  position: number;
}

export interface SeenRecord {
  kind: SeenKind;
  observation: Observation;
  maxima: Partial<SeenMaxima>;
}

/** The content of a record; 'unreadable' if it is no event, undefined if this release does not know the event. */
export function seenRecord(record: LogRecord): SeenRecord | 'unreadable' | undefined {
  const decoded = decode(record);
  if (decoded === undefined) return 'unreadable';
  if (decoded.kind === 'unknown') return undefined;
  if (decoded.kind === 'event') return seenEvent(decoded.event);
  const { contactId: id, version } = decoded;
  return { kind: 'login', observation: { id, version, is_gone: true, company_ids: [] }, maxima: { contactId: id } };
}

function seenEvent(event: ContactSyncEvent): SeenRecord {
  const seen = isCompanyEvent(event)
    ? seenCompany(event)
    : event.name === 'PortalLoginChanged'
      ? seenLogin(event)
      : seenContact(event);
  return { ...seen, maxima: { ...seen.maxima, tokenId: tokenIdOf(event) } };
}

function seenCompany({ name, data }: ContactSyncEvent<'CompanyCreated' | 'CompanyUpdated' | 'CompanyDeleted'>): SeenRecord {
  const { company_id: id, version } = data;
  const tags = 'company' in data ? data.company.tags : [];
  return {
    kind: 'company',
    observation: { id, version, is_gone: name === 'CompanyDeleted', company_ids: [] },
    maxima: { companyId: id, tagId: greatestId(tags) },
  };
}

function seenLogin({ data }: ContactSyncEvent<'PortalLoginChanged'>): SeenRecord {
  const { contact_id: id, version, position, email } = data;
  const observation = { id, version, is_gone: email === null, company_ids: [] };
  return { kind: 'login', observation, maxima: { contactId: id, position } };
}

function seenContact(event: ContactSyncEvent<'ContactCreated' | 'ContactUpdated' | 'ContactDeleted'>): SeenRecord {
  const { contact_id: id, version } = event.data;
  const { companies, tags } = event.name === 'ContactDeleted' ? leftBehind(event.data.company_ids) : event.data.contact;
  const observation = { id, version, is_gone: event.name === 'ContactDeleted', company_ids: companies.map((each) => each.id) };
  return { kind: 'contact', observation, maxima: { contactId: id, companyId: greatestId(companies), tagId: greatestId(tags) } };
}

const leftBehind = (companyIds: readonly number[]): { companies: { id: number }[]; tags: ContactSnapshot['tags'] } => ({
  companies: companyIds.map((id) => ({ id })),
  tags: [],
});

const greatestId = (named: readonly { id: number }[]): number => Math.max(0, ...named.map(({ id }) => id));

/** The token that asked for the change; 0 without a token. */
function tokenIdOf({ actor }: ContactSyncEvent): number {
  const id = /^[1-9]\d{0,15}$/.test(actor ?? '') ? Number(actor) : 0;
  return Number.isSafeInteger(id) ? id : 0;
}

function decode(record: LogRecord) {
  try {
    return decodeRecord(record);
  } catch {
    return undefined;
  }
}
