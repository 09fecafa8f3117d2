import type { TagSnapshot } from '#app/contracts';
import { namesOfKind, propertyOf } from '../wire/fields.js';
import type { Company } from './company.entity.js';
import { COMPANY_BODY_FIELDS } from './company.fields.js';
import type { CompanySnapshot } from './company.response.js';

const TEXTS = namesOfKind(COMPANY_BODY_FIELDS, 'text')
  .filter((name) => name !== 'name')
  .map((name) => [name, propertyOf(name)] as const);
type Texts = Record<(typeof TEXTS)[number][0], string | null>;

/** A company as answers show it; its tags come sorted. */
export function companySnapshot(company: Company, tags: readonly TagSnapshot[]): CompanySnapshot {
  const { address, addressLine2, city, state, postalCode, country } = company;
  return {
    id: company.id,
    name: company.name,
    status: 'active',
    ...(Object.fromEntries(TEXTS.map(([name, property]) => [name, company[property] ?? null])) as Texts),
    full_address: [address, addressLine2, city, state, postalCode, country].filter((part) => part != null).join(', ') || null,
    tags: [...tags],
    created_at: company.createdAt.toISOString(),
    updated_at: company.updatedAt.toISOString(),
  };
}
