import { isDeepStrictEqual } from 'node:util';
import {
  BOOKKEEPING_FIELDS,
  CONTACT_FIELDS,
  type ContactCompany,
  type ContactField,
  type ContactSnapshot,
  type TagSnapshot,
} from './contact.schema.js';
import { foldCase } from './fold-case.js';

type MembershipFlag = Exclude<keyof ContactCompany, 'id' | 'name'>;

/** Fields of a contact that are derived from others. */
export type DerivedContactField = 'full_name' | 'phone' | 'company_id' | 'company' | MembershipFlag;

/** A contact's own fields; tags sorted, the main company first. */
export type UnderivedContact = Omit<ContactSnapshot, DerivedContactField>;

const flagOfMain =
  (flag: MembershipFlag) =>
  ({ companies }: UnderivedContact): boolean =>
    companies[0]?.[flag] ?? false;

const DERIVATIONS: { readonly [Name in DerivedContactField]: (contact: UnderivedContact) => ContactSnapshot[Name] } = {
  full_name: ({ first_name, last_name }) => [first_name, last_name].filter((name) => name != null).join(' ') || null,
  phone: ({ phone_1 }) => phone_1,
  company_id: ({ companies: [main] }) => (main ? String(main.id) : null),
  company: ({ companies: [main] }) => (main ? { id: String(main.id), name: main.name } : null),
  is_primary: flagOfMain('is_primary'),
  receive_quotation_pdf: flagOfMain('receive_quotation_pdf'),
  receive_purchase_order_pdf: flagOfMain('receive_purchase_order_pdf'),
  receive_purchase_order_invoice_pdf: flagOfMain('receive_purchase_order_invoice_pdf'),
};

/** The derived fields of a contact. */
export const DERIVED_CONTACT_FIELDS: ReadonlySet<ContactField> = new Set(Object.keys(DERIVATIONS) as DerivedContactField[]);

/** Every field in the order of answers: a copy of it takes values faster than an object to which they are added one by one. */
const BLANK = Object.fromEntries(CONTACT_FIELDS.map((name) => [name, null])) as Record<ContactField, unknown>;
const OWN_FIELDS = CONTACT_FIELDS.filter((name) => !DERIVED_CONTACT_FIELDS.has(name)) as (keyof UnderivedContact)[];
const DERIVED_FIELDS = Object.entries(DERIVATIONS) as [DerivedContactField, (contact: UnderivedContact) => unknown][];

/** The whole contact, with its fields in the order of answers. */
export const deriveContact = (contact: UnderivedContact): ContactSnapshot =>
  deriveFilled((whole: { [Name in keyof UnderivedContact]: unknown }) => {
    for (const name of OWN_FIELDS) whole[name] = contact[name];
  });

/** The whole contact whose own fields `fill` sets, all of them. */
export function deriveFilled(fill: (blank: UnderivedContact) => void): ContactSnapshot {
  const whole = { ...BLANK } as ContactSnapshot;
  fill(whole);
  return deriveAll(whole);
}

/** The whole contact after `change` has set some of its own fields. */
export function deriveAfter(former: ContactSnapshot, change: (copy: UnderivedContact) => void): ContactSnapshot {
  const whole = { ...former };
  change(whole);
  deriveAll(whole);
  // The same object, so that comparing the two costs nothing.
  if (whole.companies === former.companies) whole.company = former.company;
  return whole;
}

function deriveAll(whole: ContactSnapshot): ContactSnapshot {
  for (const [name, derive] of DERIVED_FIELDS) (whole as Record<ContactField, unknown>)[name] = derive(whole);
  return whole;
}

const COMPARED_FIELDS = CONTACT_FIELDS.filter((name) => !BOOKKEEPING_FIELDS.has(name));

/** Names of the fields whose values differ, in the order of answers; never `version` and `updated_at`. */
export const changedContactFields = (before: ContactSnapshot, after: ContactSnapshot): ContactField[] =>
  COMPARED_FIELDS.filter((name) => !isSame(before[name], after[name]));

const isSame = (a: unknown, b: unknown): boolean => a === b || (typeof a === 'object' && isDeepStrictEqual(a, b));

/** Orders tags by name without case, then by id. */
export function byTagName(a: TagSnapshot, b: TagSnapshot): number {
  const [left, right] = [foldCase(a.name), foldCase(b.name)];
  if (left === right) return a.id - b.id;
  return left < right ? -1 : 1;
}
