import Type, { type Static } from 'typebox';

const text = (example: string, description: string) => Type.String({ description, examples: [example] });
const nullableText = (example: string, description: string) =>
  Type.Union([Type.String(), Type.Null()], { description, examples: [example, null] });
const flag = (description: string) => Type.Boolean({ description, examples: [false] });
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
    name: text('Acme Corp', 'Company name at the moment of the answer or event.'),
    is_primary: flag('Whether this is the one primary contact of the company.'),
    ...receiveFlags,
  },
  { description: 'One place of the contact: a company and the flags that hold there.' },
);

export const TagSchema = Type.Object(
  {
    id: Type.Integer({ description: 'Tag id, below 2^53.', examples: [1] }),
    name: text('sales', 'Name as it was first spelled.'),
    description: nullableText('Takes our orders', 'What the tag stands for; null where nobody said.'),
    icon: nullableText('star', 'Name of an icon; null where none is set.'),
    color: nullableText('#ff8800', 'Colour of the tag; null where none is set.'),
  },
  { description: 'A tag of the contact.' },
);

const MainCompanySchema = Type.Object({
  id: text('123456', 'Company id, decimal.'),
  name: text('Acme Corp', 'Company name at the moment of the answer or event.'),
});

/** The whole contact, as in the gateway's answers and in events. */
export const ContactSchema = Type.Object(
  {
    id: Type.String({ pattern: '^[1-9][0-9]*$', description: 'Contact id, decimal.', examples: ['789123'] }),
    version: Type.Integer({
      minimum: 1,
      description: 'Grows by one with each transaction that changes the contact; 1 on creation.',
      examples: [7],
    }),
    created_at: time('When the contact was created, UTC.'),
    updated_at: time('When the contact last changed, UTC; never goes back.'),
    status: Type.String({ description: 'Always `active` in v1.', examples: ['active'] }),
    first_name: nullableText('John', 'First name.'),
    last_name: nullableText('Smith', 'Last name.'),
    full_name: nullableText('John Smith', 'Both names joined by one space; null where both are.'),
    email: nullableText('john.smith@acme.example', 'Email address in the spelling it was given in.'),
    phone: nullableText('+1 555 0100', 'The same as `phone_1`.'),
    phone_1: nullableText('+1 555 0100', 'First phone number.'),
    phone_2: nullableText('+1 555 0101', 'Second phone number.'),
    receiving_bank_name: nullableText('First Bank', 'Bank that receives payments.'),
    receiving_bank_address: nullableText('1 Main Street, Springfield', 'Address of that bank.'),
    company_id: nullableText('123456', 'Id of the main company, decimal; null where there is none.'),
    company: Type.Union([MainCompanySchema, Type.Null()], {
      description: 'The main company; null where there is none.',
      examples: [{ id: '123456', name: 'Acme Corp' }, null],
    }),
    is_primary: flag('Whether the contact is the primary one of its main company.'),
    ...receiveFlags,
    has_portal_login: flag('Whether the contact can sign in to the portal.'),
    companies: Type.Array(ContactCompanySchema, {
      description: 'All places: the main company first, then as they were given.',
      examples: [[]],
    }),
    tags: Type.Array(TagSchema, { description: 'Sorted by name without case, then by id.', examples: [[]] }),
  },
  { description: 'A contact, whole.' },
);

/** A contact as answers and events show it. */
export type ContactSnapshot = Static<typeof ContactSchema>;
/** A contact's membership in one company. */
export type ContactCompany = Static<typeof ContactCompanySchema>;
/** A tag of a contact or company. */
export type TagSnapshot = Static<typeof TagSchema>;
/** A top-level name of a contact. */
export type ContactField = keyof ContactSnapshot;

/** Names that change with every change, and so are never listed as changed. */
export const BOOKKEEPING_FIELDS: ReadonlySet<string> = new Set(['version', 'updated_at']);

/** Every top-level name of a contact, in the order of answers. */
export const CONTACT_FIELDS = Object.keys(ContactSchema.properties) as ContactField[];
