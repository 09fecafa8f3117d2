import {
  decodeRecord,
  deriveCompany,
  deriveContact,
  isCompanyEvent,
  type CompanySnapshot,
  type ContactSnapshot,
  type ContactSyncEvent,
  type RecordedEvent,
} from '#app/contracts';
import { Pseudonyms } from './pseudonyms.js';

/** Fields that identify no person. Every other text is replaced, also in a field that is new, and at any depth. */
const KEPT = new Set(['id', 'company_id', 'status', 'created_at', 'updated_at', 'tags']);
/** The fields of an event's data that are not of the contact or company. */
const KEPT_OF_EVENT = new Set(['changed', 'changes']);
const PHONES = new Set(['phone', 'phone_1', 'phone_2']);

/**
 * Replaces names, emails, phone numbers, addresses, bank details, notes, request ids and credentials, the same value always by the same.
 * Ids, versions, times, flags and tags stay; the gateway's marks go, as they belong to the former bytes.
 */
export class Redaction {
  private readonly pseudonyms = new Pseudonyms();

  /** @returns undefined for a record that is no event of this contract: what it holds is not known */
  redact(record: RecordedEvent): RecordedEvent | undefined {
    const event = eventOf(record);
    if (event === undefined) return undefined;
    const value = event === null ? null : Buffer.from(JSON.stringify(this.dataOf(event)));
    return { ...record, headers: this.headersOf(record.headers), value };
  }

  private headersOf({ ce_mac: _mac, ...headers }: RecordedEvent['headers']): RecordedEvent['headers'] {
    const { ce_correlationid: request } = headers;
    if (!request) return headers;
    return { ...headers, ce_correlationid: Buffer.from(this.pseudonyms.text('request', String(request)).replace(' ', '-')) };
  }

  private dataOf(event: ContactSyncEvent): object {
    if (isCompanyEvent(event)) return event.name === 'CompanyDeleted' ? this.other(event.data) : this.withCompany(event);
    if (event.name === 'ContactDeleted') return this.other(event.data);
    return event.name === 'PortalLoginChanged' ? this.login(event.data) : this.withContact(event);
  }

  private withContact({ data }: ContactSyncEvent<'ContactCreated' | 'ContactUpdated'>): object {
    const contact = this.contact(data.contact);
    if (!('before' in data)) return { ...this.other(data), contact };
    return { ...this.other(data), before: pick(this.contact({ ...data.contact, ...data.before }), data.before), contact };
  }

  private withCompany({ data }: ContactSyncEvent<'CompanyCreated' | 'CompanyUpdated'>): object {
    const company = this.company(data.company);
    if (!('before' in data)) return { ...this.other(data), company };
    return { ...this.other(data), before: pick(this.company({ ...data.company, ...data.before }), data.before), company };
  }

  private login(data: ContactSyncEvent<'PortalLoginChanged'>['data']): object {
    const { email, previous_email, credential } = data;
    return {
      ...this.other(data),
      email: email && this.pseudonyms.email(email),
      previous_email: previous_email && this.pseudonyms.email(previous_email),
      credential: credential && this.pseudonyms.credential(credential),
    };
  }

  private contact(contact: ContactSnapshot): ContactSnapshot {
    const companies = contact.companies.map((each) => ({
      ...this.texts(each),
      name: this.pseudonyms.text('Company', each.name),
    }));
    return deriveContact({ ...this.texts(contact), companies });
  }

  private company(company: CompanySnapshot): CompanySnapshot {
    return deriveCompany({ ...this.texts(company), name: this.pseudonyms.text('Company', company.name) });
  }

  /** What an event has besides its contact or company: fields of a later release too. */
  private other<T extends object>(data: T): T {
    return this.texts(data, KEPT_OF_EVENT);
  }

  private texts<T extends object>(fields: T, kept: ReadonlySet<string> = KEPT): T {
    const replaced = Object.entries(fields).map(([name, value]) => [
      name,
      kept.has(name) ? (value as unknown) : this.replaced(name, value),
    ]);
    return Object.fromEntries(replaced) as T;
  }

  private replaced(name: string, value: unknown): unknown {
    if (typeof value === 'string') return this.text(name, value);
    if (Array.isArray(value)) return value.map((each) => this.replaced(name, each));
    return typeof value === 'object' && value !== null ? this.texts(value) : value;
  }

  private text(name: string, text: string): string {
    if (name === 'email') return this.pseudonyms.email(text);
    return PHONES.has(name) ? this.pseudonyms.phone(text) : this.pseudonyms.text(name, text);
  }
}

const pick = (whole: object, names: object): object =>
  Object.fromEntries(Object.keys(names).map((name) => [name, whole[name as keyof typeof whole]]));

/** Null for a tombstone; undefined for a record that is not known here. */
function eventOf(record: RecordedEvent): ContactSyncEvent | null | undefined {
  try {
    const decoded = decodeRecord(record);
    if (decoded.kind === 'event') return decoded.event;
    return decoded.kind === 'tombstone' ? null : undefined;
  } catch {
    return undefined;
  }
}
