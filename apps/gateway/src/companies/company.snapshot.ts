import { deriveCompany, type CompanySnapshot, type TagSnapshot } from '#app/contracts';
import { namesOfKind, propertyOf } from '../wire/fields.js';
import type { CompanyValues } from './company.entity.js';
import { COMPANY_BODY_FIELDS } from './company.fields.js';

const TEXTS = namesOfKind(COMPANY_BODY_FIELDS, 'text')
  .filter((name) => name !== 'name')
  .map((name) => [name, propertyOf(name)] as const);
type Texts = Record<(typeof TEXTS)[number][0], string | null>;

/** A company as answers and events show it; its tags come sorted. */
export const companySnapshot = (company: CompanyValues, tags: readonly TagSnapshot[]): CompanySnapshot =>
  deriveCompany({
    // The database gives the id; a dry run has none.
    id: company.id ?? 0,
    version: company.version,
    name: company.name,
    status: 'active',
    ...(Object.fromEntries(TEXTS.map(([name, property]) => [name, company[property] ?? null])) as Texts),
    tags: [...tags],
    created_at: company.createdAt.toISOString(),
    updated_at: company.updatedAt.toISOString(),
  });
