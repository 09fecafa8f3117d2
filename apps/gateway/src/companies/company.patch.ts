import { namesOfKind, propertyOf, type NamesOfKind, type PatchOf, type PropertyName } from '../wire/fields.js';
import { COMPANY_BODY_FIELDS } from './company.fields.js';

type BodyFields = typeof COMPANY_BODY_FIELDS;
/** The company's own text fields. */
export type CompanyField = PropertyName<NamesOfKind<BodyFields, 'text'>>;

export const COMPANY_FIELDS: readonly CompanyField[] = namesOfKind(COMPANY_BODY_FIELDS, 'text').map(propertyOf);

/** What a request asks of a company, checked for form. Absent keeps a value, null clears it; `tags` are all tags by name. */
export type CompanyPatch = PatchOf<BodyFields>;

/** What a company is made of; absent is null. */
export type NewCompany = CompanyPatch & { name: string };

/** Most tags of one company: as many as a request may name. */
export const MAX_COMPANY_TAGS = 100;
