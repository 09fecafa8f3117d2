import { isDeepStrictEqual } from 'node:util';
import { COMPANY_FIELDS, type CompanyField, type CompanySnapshot } from './company.schema.js';
import { BOOKKEEPING_FIELDS } from './contact.schema.js';

/** A company's own fields; tags sorted. */
export type UnderivedCompany = Omit<CompanySnapshot, 'full_address'>;

/** Parts of an address, in the order of `full_address`. */
const ADDRESS = ['address', 'address_line_2', 'city', 'state', 'postal_code', 'country'] as const;

/** The whole company, with its fields in the order of answers. */
export function deriveCompany(company: UnderivedCompany): CompanySnapshot {
  const full_address = ADDRESS.flatMap((part) => company[part] ?? []).join(', ') || null;
  const whole: CompanySnapshot = { ...company, full_address };
  return Object.fromEntries(COMPANY_FIELDS.map((name) => [name, whole[name]])) as CompanySnapshot;
}

const COMPARED_FIELDS = COMPANY_FIELDS.filter((name) => !BOOKKEEPING_FIELDS.has(name));

/** Names of the fields whose values differ, in the order of answers; never `version` and `updated_at`. */
export const changedCompanyFields = (before: CompanySnapshot, after: CompanySnapshot): CompanyField[] =>
  COMPARED_FIELDS.filter((name) => !isDeepStrictEqual(before[name], after[name]));
