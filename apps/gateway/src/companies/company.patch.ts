import { namesOfKind, propertyOf, type NamesOfKind, type PatchOf, type PropertyName } from '../wire/fields.js';
import { COMPANY_BODY_FIELDS } from './company.fields.js';

type BodyFields = typeof COMPANY_BODY_FIELDS;
/** The company's own text fields. */
export type CompanyField = PropertyName<NamesOfKind<BodyFields, 'text'>>;

export const COMPANY_FIELDS: readonly CompanyField[] = namesOfKind(COMPANY_BODY_FIELDS, 'text').map(propertyOf);

/** A company's patch, checked for form. Absent keeps a value, null clears it; `tags` replaces all tags, by name. */
export type CompanyPatch = PatchOf<BodyFields>;

/** A company's own values; absent is null. */
export type NewCompany = CompanyPatch & { name: string };

/** Most tags of one company: the most that one request may name. */
export const MAX_COMPANY_TAGS = 100;
