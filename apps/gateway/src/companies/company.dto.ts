import { ApiProperty, ApiSchema, OmitType } from '@nestjs/swagger';
import type { ReadTerms } from '../wire/dto.js';
import { readBody, type ReadBody } from '../wire/fields.js';
import { textIn } from '../wire/schemas.js';
import { text } from '../wire/values.js';
import type { FieldErrors } from '../wire/validation.error.js';
import { COMPANY_BODY_FIELDS, CompanyBodyDto } from './company.fields.js';
import type { NewCompany } from './company.patch.js';

/** The body of an update, for the document. Absent keeps a value, null clears it. */
@ApiSchema({ name: 'UpdateCompany', description: 'Fields to change.' })
export class UpdateCompanyDto extends CompanyBodyDto {}

/** The body of a creation, for the document; it is read like an update's. */
@ApiSchema({ name: 'CreateCompany', description: 'A company to be.' })
export class CreateCompanyDto extends OmitType(UpdateCompanyDto, ['name']) {
  @ApiProperty(textIn('Acme Corp'))
  name!: string;
}

/** Bodies for the document. */
export const COMPANY_EXAMPLES = { 'Name and address': { name: 'Acme Corp', city: 'Springfield', tags: ['wholesale'] } };

/** A company's patch, checked for form. */
type ReadCompany = ReadBody<typeof COMPANY_BODY_FIELDS>;

/** Reads the body of an update. */
export const readCompanyPatch = (body: Record<string, unknown>, terms: ReadTerms): ReadCompany =>
  readBody(CompanyBodyDto, body, terms);

/** Reads the body of a creation: an update's fields, with a required name. */
export function readNewCompany(body: Record<string, unknown>, terms: ReadTerms): { patch: NewCompany; errors: FieldErrors } {
  const { patch, errors } = readCompanyPatch(body, terms);
  if (text(body['name']) == null) errors['name'] = ['is required'];
  return { patch: { ...patch, name: patch.name ?? '' }, errors };
}
