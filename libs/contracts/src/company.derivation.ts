import { isDeepStrictEqual } from 'node:util';
import { COMPANY_FIELDS, type CompanyField, type CompanySnapshot } from './company.schema.js';
import { BOOKKEEPING_FIELDS } from './contact.schema.js';

/** What a company has by itself: tags sorted. */
export type UnderivedCompany = Omit<CompanySnapshot, 'full_address'>;

/** Parts of an address, in the order in which `full_address` has them. */
const ADDRESS = ['address', 'address_line_2', 'city', 'state', 'postal_code', 'country'] as const;

/** The whole company, in the order in which answers show its fields. */
export function deriveCompany(company: UnderivedCompany): CompanySnapshot {
  const full_address = ADDRESS.flatMap((part) => company[part] ?? []).join(', ') || null;
  const whole: CompanySnapshot = { ...company, full_address };
  return Object.fromEntries(COMPANY_FIELDS.map((name) => [name, whole[name]])) as CompanySnapshot;
}

const COMPARED_FIELDS = COMPANY_FIELDS.filter((name) => !BOOKKEEPING_FIELDS.has(name));

/** Names of the fields whose values differ, in the order in which answers show them; `version` and `updated_at` never. */
export const changedCompanyFields = (before: CompanySnapshot, after: CompanySnapshot): CompanyField[] =>
  COMPARED_FIELDS.filter((name) => !isDeepStrictEqual(before[name], after[name]));
