import { byTagName, DERIVED_CONTACT_FIELDS, deriveContact, type UnderivedContact } from '../contact.derivation.js';
import { CONTACT_FIELDS, type ContactCompany, type ContactSnapshot, type TagSnapshot } from '../contact.schema.js';

/** A company of a contact, with the fields that a test needs; a contact's first company is its main one. */
export type CompanyFields = Partial<ContactCompany> & { id: number };
/** A tag of a contact, with the fields that a test needs. */
export type TagFields = Partial<TagSnapshot> & { name: string };

/**
 * A contact's own fields. The others are derived as in the gateway: `full_name`, `phone`, and from the first of
 * `companies` the id, the name and the flags.
 */
export interface ContactFields extends Partial<Omit<UnderivedContact, Given | 'companies' | 'tags'>> {
  companies?: readonly CompanyFields[];
  tags?: readonly TagFields[];
}
/** Defaults of a contact's fields. */
type Given = 'id' | 'version' | 'created_at' | 'updated_at' | 'status';

const NO_FLAGS = {
  is_primary: false,
  receive_quotation_pdf: false,
  receive_purchase_order_pdf: false,
  receive_purchase_order_invoice_pdf: false,
};

const BLANK = Object.fromEntries(
  CONTACT_FIELDS.filter((name) => !DERIVED_CONTACT_FIELDS.has(name)).map((name) => [name, null]),
) as unknown as UnderivedContact;

const JOHN_SMITH: UnderivedContact = {
  ...BLANK,
  version: 1,
  status: 'active',
  first_name: 'John',
  last_name: 'Smith',
  has_portal_login: false,
  companies: [],
  tags: [],
};

/** A contact created at a time, with these fields; the defaults are John Smith of Acme Corp. */
export function contactOf(id: number, time: string, fields: ContactFields): ContactSnapshot {
  const made = { id: String(id), created_at: time, updated_at: time, email: `contact-${id}@acme.example` };
  return deriveContact({ ...JOHN_SMITH, ...made, ...filledIn({ companies: [{ id: 1 }], ...fields }) });
}

/** The contact one version later, with these fields. */
export const contactAfter = (before: ContactSnapshot, time: string, fields: ContactFields): ContactSnapshot =>
  deriveContact({ ...before, version: before.version + 1, updated_at: time, ...filledIn(fields) });

const filledIn = ({ companies, tags, ...own }: ContactFields): Partial<UnderivedContact> => ({
  ...own,
  ...(companies && { companies: companies.map((company) => ({ name: 'Acme Corp', ...NO_FLAGS, ...company })) }),
  ...(tags && { tags: tagsOf(tags) }),
});

/** Complete tags, sorted as answers show them. */
export const tagsOf = (tags: readonly TagFields[]): TagSnapshot[] => tags.map(tagOf).sort(byTagName);

const tagOf = (tag: TagFields, index: number): TagSnapshot => ({
  id: index + 1,
  description: null,
  icon: null,
  color: null,
  ...tag,
});
