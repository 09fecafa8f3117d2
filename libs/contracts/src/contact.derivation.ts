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

const READERS = CONTACT_FIELDS.map((name) => {
  const derive = DERIVATIONS[name as DerivedContactField] as ((contact: UnderivedContact) => unknown) | undefined;
  return [name, derive ?? ((contact: UnderivedContact) => contact[name as keyof UnderivedContact])] as const;
});

/** The whole contact, with its fields in the order of answers. */
export function deriveContact(contact: UnderivedContact): ContactSnapshot {
  const whole: Partial<Record<ContactField, unknown>> = {};
  for (const [name, read] of READERS) whole[name] = read(contact);
  return whole as ContactSnapshot;
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
