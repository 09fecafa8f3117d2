import { isDeepStrictEqual } from 'node:util';
import {
  BOOKKEEPING_FIELDS,
  CONTACT_FIELDS,
  type ContactCompany,
  type ContactField,
  type ContactSnapshot,
  type TagSnapshot,
} from '../contact.schema.js';

/** A company of a contact, as far as a test says; the first one of a contact is its main one. */
export type CompanyFields = Partial<ContactCompany> & { id: number };
/** A tag of a contact, as far as a test says. */
export type TagFields = Partial<TagSnapshot> & { name: string };

/**
 * What a contact itself has. What follows from it is worked out as the gateway does: `full_name`, `phone`, and of the first of
 * `companies` the id, the name and the flags.
 */
export interface ContactFields extends Partial<
  Pick<
    ContactSnapshot,
    | 'first_name'
    | 'last_name'
    | 'email'
    | 'phone_1'
    | 'phone_2'
    | 'receiving_bank_name'
    | 'receiving_bank_address'
    | 'has_portal_login'
  >
> {
  companies?: readonly CompanyFields[];
  tags?: readonly TagFields[];
}

const NO_FLAGS = {
  is_primary: false,
  receive_quotation_pdf: false,
  receive_purchase_order_pdf: false,
  receive_purchase_order_invoice_pdf: false,
};

const NOBODY_YET = {
  version: 1,
  status: 'active',
  first_name: 'John',
  last_name: 'Smith',
  phone_1: null,
  phone_2: null,
  receiving_bank_name: null,
  receiving_bank_address: null,
  has_portal_login: false,
  companies: [],
  tags: [],
};

/** A contact that was made at a time, with these fields; where they are absent it is John Smith of Acme Corp. */
export function contactOf(id: number, time: string, fields: ContactFields): ContactSnapshot {
  const made = { id: String(id), created_at: time, updated_at: time, email: `contact-${id}@acme.example` };
  return withDerived({ ...NOBODY_YET, ...made, ...filledIn({ companies: [{ id: 1 }], ...fields }) });
}

/** The contact one version further, with these fields. */
export const contactAfter = (before: ContactSnapshot, time: string, fields: ContactFields): ContactSnapshot =>
  withDerived({ ...before, version: before.version + 1, updated_at: time, ...filledIn(fields) });

/** The names whose values differ, in the order in which a contact shows them; bookkeeping is never among them. */
export const changedBetween = (before: ContactSnapshot, after: ContactSnapshot): ContactField[] =>
  CONTACT_FIELDS.filter((name) => !BOOKKEEPING_FIELDS.has(name) && !isDeepStrictEqual(before[name], after[name]));

type Underived = Omit<ContactSnapshot, 'full_name' | 'phone' | 'company_id' | 'company' | keyof typeof NO_FLAGS>;

const filledIn = ({ companies, tags, ...own }: ContactFields): Partial<Underived> => ({
  ...own,
  ...(companies && { companies: companies.map((company) => ({ name: 'Acme Corp', ...NO_FLAGS, ...company })) }),
  ...(tags && { tags: tags.map(tagOf).sort(byName) }),
});

const tagOf = (tag: TagFields, index: number): TagSnapshot => ({
  ...{ id: index + 1, description: null, icon: null, color: null },
  ...tag,
});

function byName(a: TagSnapshot, b: TagSnapshot): number {
  const [left, right] = [a.name.toLowerCase(), b.name.toLowerCase()];
  if (left === right) return a.id - b.id;
  return left < right ? -1 : 1;
}

function withDerived(own: Underived): ContactSnapshot {
  const [main] = own.companies;
  const { id, name, ...flags } = main ?? { id: 0, name: '', ...NO_FLAGS };
  const derived = {
    full_name: [own.first_name, own.last_name].filter((part) => part !== null).join(' ') || null,
    phone: own.phone_1,
    company_id: main ? String(id) : null,
    company: main ? { id: String(id), name } : null,
  };
  return { ...own, ...derived, ...flags };
}
