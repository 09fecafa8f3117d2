/** The company's own text fields. */
export const COMPANY_FIELDS = [
  'name',
  'phone',
  'address',
  'addressLine2',
  'city',
  'state',
  'postalCode',
  'country',
  'notes',
] as const;
type NullableField = Exclude<(typeof COMPANY_FIELDS)[number], 'name'>;

/** What a request asks of a company, checked for form. Absent keeps a value, null clears it. */
export interface CompanyPatch extends Partial<Record<NullableField, string | null>> {
  name?: string;
  /** All tags of the company, by name. */
  tags?: string[];
}

/** What a company is made of; absent is null. */
export type NewCompany = CompanyPatch & { name: string };

/** Most tags of one company: as many as a request may name. */
export const MAX_COMPANY_TAGS = 100;
