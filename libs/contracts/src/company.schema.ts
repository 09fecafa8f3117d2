import Type, { type Static } from 'typebox';
import { TagSchema } from './contact.schema.js';

const nullableText = (example: string, description: string) =>
  Type.Union([Type.String(), Type.Null()], { description, examples: [example, null] });
const time = (description: string) => Type.String({ format: 'date-time', description, examples: ['2026-01-02T03:04:05.678Z'] });

/** The whole company, as in events: the same names and values as in the gateway's answers. */
export const CompanySchema = Type.Object(
  {
    id: Type.Integer({ minimum: 1, description: 'Company id, below 2^53.', examples: [456] }),
    version: Type.Integer({
      minimum: 1,
      description: 'Grows by one with each transaction that changes the company; 1 on creation.',
      examples: [3],
    }),
    name: Type.String({ description: 'Name.', examples: ['Acme Corp'] }),
    status: Type.String({ description: 'Always `active` in v1.', examples: ['active'] }),
    phone: nullableText('+1 555 0100', 'Phone number.'),
    address: nullableText('1 Main Street', 'First line of the address.'),
    address_line_2: nullableText('Suite 5', 'Second line of the address.'),
    city: nullableText('Springfield', 'City.'),
    state: nullableText('IL', 'State or province.'),
    postal_code: nullableText('62701', 'Postal code.'),
    country: nullableText('US', 'Country.'),
    full_address: nullableText(
      '1 Main Street, Springfield, IL, 62701, US',
      'What there is of the address, joined by a comma and a space; null where there is nothing.',
    ),
    notes: nullableText('Pays late.', 'Notes.'),
    tags: Type.Array(TagSchema, { description: 'Sorted by name without case, then by id.', examples: [[]] }),
    created_at: time('When the company was created, UTC.'),
    updated_at: time('When the company last changed, UTC; never goes back.'),
  },
  { description: 'A company, whole.' },
);

/** A company as events show it. */
export type CompanySnapshot = Static<typeof CompanySchema>;
/** A top-level name of a company. */
export type CompanyField = keyof CompanySnapshot;

/** Every top-level name of a company, in the order of answers. */
export const COMPANY_FIELDS = Object.keys(CompanySchema.properties) as CompanyField[];
