import Type, { type Static } from 'typebox';

const nullableText = (description: string) => Type.Union([Type.String(), Type.Null()], { description });
const flag = (description: string) => Type.Boolean({ description });
const time = (description: string) => Type.String({ format: 'date-time', description, examples: ['2026-01-02T03:04:05.678Z'] });

const receiveFlags = {
  receive_quotation_pdf: flag('Whether quotations for this company are sent to the contact as PDF.'),
  receive_purchase_order_pdf: flag('Whether purchase orders for this company are sent to the contact as PDF.'),
  receive_purchase_order_invoice_pdf: flag(
    'Whether invoices of purchase orders for this company are sent to the contact as PDF.',
  ),
};

export const ContactCompanySchema = Type.Object(
  {
    id: Type.Integer({ description: 'Company id, below 2^53.', examples: [123456] }),
    name: Type.String({ description: 'Company name at the moment of the answer or event.' }),
    is_primary: flag('Whether this is the one primary contact of the company.'),
    ...receiveFlags,
  },
  { description: 'One place of the contact: a company and the flags that hold there.' },
);

export const TagSchema = Type.Object(
  {
    id: Type.Integer({ description: 'Tag id, below 2^53.', examples: [1] }),
    name: Type.String({ description: 'Name as it was first spelled.', examples: ['sales'] }),
    description: nullableText('What the tag stands for; null where nobody said.'),
    icon: nullableText('Name of an icon; null where none is set.'),
    color: nullableText('Colour of the tag; null where none is set.'),
  },
  { description: 'A tag of the contact.' },
);

/** The whole contact, as the gateway answers it and as events carry it. */
export const ContactSchema = Type.Object(
  {
    id: Type.String({ pattern: '^[1-9][0-9]*$', description: 'Contact id, decimal.', examples: ['789123'] }),
    version: Type.Integer({
      minimum: 1,
      description: 'Grows by one with each transaction that changes the contact; 1 on creation.',
    }),
    created_at: time('When the contact was created, UTC.'),
    updated_at: time('When the contact last changed, UTC; never goes back.'),
    status: Type.String({ description: 'Always `active` in v1.', examples: ['active'] }),
    first_name: nullableText('First name.'),
    last_name: nullableText('Last name.'),
    full_name: nullableText('Both names joined by one space; null where both are.'),
    email: nullableText('Email address in the spelling it was given in.'),
    phone: nullableText('The same as `phone_1`.'),
    phone_1: nullableText('First phone number.'),
    phone_2: nullableText('Second phone number.'),
    receiving_bank_name: nullableText('Bank that receives payments.'),
    receiving_bank_address: nullableText('Address of that bank.'),
    company_id: Type.Union([Type.String(), Type.Null()], { description: 'Id of the main company, decimal.' }),
    company: Type.Union([Type.Object({ id: Type.String(), name: Type.String() }), Type.Null()], {
      description: 'The main company.',
    }),
    is_primary: flag('Whether the contact is the primary one of its main company.'),
    ...receiveFlags,
    has_portal_login: flag('Whether the contact can sign in to the portal.'),
    companies: Type.Array(ContactCompanySchema, { description: 'All places: the main company first, then as they were given.' }),
    tags: Type.Array(TagSchema, { description: 'Sorted by name without case, then by id.' }),
  },
  { description: 'A contact, whole.' },
);

/** A contact as answers and events show it. */
export type ContactSnapshot = Static<typeof ContactSchema>;
/** A contact's place in one company. */
export type ContactCompany = Static<typeof ContactCompanySchema>;
/** A tag of a contact or company. */
export type TagSnapshot = Static<typeof TagSchema>;
/** A top-level name of a contact. */
export type ContactField = keyof ContactSnapshot;

/** Names that change with every change, and so are never listed as changed. */
export const BOOKKEEPING_FIELDS: ReadonlySet<ContactField> = new Set(['version', 'updated_at']);

/** Every top-level name of a contact, in the order in which answers show them. */
export const CONTACT_FIELDS = Object.keys(ContactSchema.properties) as ContactField[];
