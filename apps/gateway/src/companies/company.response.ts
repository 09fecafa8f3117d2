import { TagSchema } from '#app/contracts';
import Type, { type Static } from 'typebox';
import { answered } from '../wire/answered.js';
import { listOf } from '../wire/page.response.js';
import { nullable, time, wholeNumber } from '../wire/schemas.js';

const text = (description: string, example: string | null = null) => nullable(Type.String(), description, example);

/** A company as answers show it. */
export const CompanySchema = Type.Object(
  {
    id: wholeNumber('Company id.', 123456),
    name: Type.String({ description: 'Name.', examples: ['Acme Corp'] }),
    status: Type.Literal('active', { description: 'Always `active`.' }),
    phone: text('Phone number.', '+1 555 0100'),
    address: text('First line of the address.', '1 Main Street'),
    address_line_2: text('Second line of the address.'),
    city: text('City.', 'Springfield'),
    state: text('State or province.', 'IL'),
    postal_code: text('Postal code.', '62701'),
    country: text('Country.', 'US'),
    full_address: text(
      'What there is of the address, joined by a comma and a space; null where there is nothing.',
      '1 Main Street, Springfield, IL, 62701, US',
    ),
    notes: text('Notes.'),
    tags: Type.Array(answered(TagSchema), { description: 'Sorted by name without case, then by id.', examples: [[]] }),
    created_at: time('When the company was created, UTC.'),
    updated_at: time('When the company last changed, UTC.'),
  },
  { title: 'Company', description: 'A company, whole.' },
);

/** A company as answers show it. */
export type CompanySnapshot = Static<typeof CompanySchema>;

/** A company as an answer's body. */
export const CompanyAnswerSchema = Type.Object({ data: CompanySchema }, { title: 'CompanyAnswer' });
export type CompanyAnswer = Static<typeof CompanyAnswerSchema>;

/** A page of companies. */
export const CompanyListSchema = listOf(CompanySchema, 'CompanyList');
