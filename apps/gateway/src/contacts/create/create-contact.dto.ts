import { ApiProperty, ApiSchema, OmitType } from '@nestjs/swagger';
import type { ReadTerms } from '../../wire/dto.js';
import { textIn } from '../../wire/schemas.js';
import { readContactPatch, UpdateContactDto, type ReadPatch } from '../update/update-contact.dto.js';

/** The body of a creation, for the document; it is read like an update's. */
@ApiSchema({ name: 'CreateContact', description: 'A contact to be; one of `company_id` and `company_ids` is required.' })
export class CreateContactDto extends OmitType(UpdateContactDto, ['first_name']) {
  @ApiProperty(textIn('John'))
  first_name!: string;
}

/** Bodies for the document. */
export const CREATION_EXAMPLES = {
  'A contact': { first_name: 'Ada', last_name: 'Lovelace', email: 'ada.lovelace@acme.example', company_id: 1 },
  'With two companies and a portal login': {
    first_name: 'Ann',
    email: 'ann@acme.example',
    company_ids: [1, 2],
    password: 'correct horse battery',
  },
};

/** Reads the body of a creation: an update's fields, with the required ones. */
export function readNewContact(body: Record<string, unknown>, terms: ReadTerms): ReadPatch {
  const { patch, errors } = readContactPatch(body, terms);
  return { patch, errors: { ...errors, ...lacking(body, { patch, errors }) } };
}

/** Errors of a creation that lacks a required field. */
export function lacking(body: Record<string, unknown>, { patch, errors }: ReadPatch): ReadPatch['errors'] {
  const named = new Set(Object.keys(errors).map((path) => path.split('.', 1)[0]));
  const lacks: ReadPatch['errors'] = {};
  if (patch.firstName == null && !named.has('first_name')) lacks['first_name'] = ['is required'];
  const hasCompany = patch.companyId !== undefined || body['company_ids'] !== undefined || named.has('company_id');
  if (!hasCompany) lacks['company_id'] = ['is required'];
  return lacks;
}
