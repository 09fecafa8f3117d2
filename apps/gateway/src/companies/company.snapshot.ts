import { TagSchema, type TagSnapshot } from '#app/contracts';
import Type, { type Static } from 'typebox';
import { nullable, time, wholeNumber } from '../wire/schemas.js';
import type { Company } from './company.entity.js';

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
    tags: Type.Array(TagSchema, { description: 'Sorted by name without case, then by id.', examples: [[]] }),
    created_at: time('When the company was created, UTC.'),
    updated_at: time('When the company last changed, UTC.'),
  },
  { title: 'Company', description: 'A company, whole.' },
);

/** A company as answers show it. */
export type CompanySnapshot = Static<typeof CompanySchema>;

/** A company as answers show it; its tags come sorted. */
export function companySnapshot(company: Company, tags: readonly TagSnapshot[]): CompanySnapshot {
  const { address, addressLine2, city, state, postalCode, country } = company;
  return {
    id: company.id,
    name: company.name,
    status: 'active',
    phone: company.phone ?? null,
    address: address ?? null,
    address_line_2: addressLine2 ?? null,
    city: city ?? null,
    state: state ?? null,
    postal_code: postalCode ?? null,
    country: country ?? null,
    full_address: [address, addressLine2, city, state, postalCode, country].filter((part) => part != null).join(', ') || null,
    notes: company.notes ?? null,
    tags: [...tags],
    created_at: company.createdAt.toISOString(),
    updated_at: company.updatedAt.toISOString(),
  };
}
