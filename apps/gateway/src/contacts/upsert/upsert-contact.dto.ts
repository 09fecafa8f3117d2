import { ApiProperty, ApiSchema, OmitType } from '@nestjs/swagger';
import type { FieldErrors } from '#app/http';
import type { ReadTerms } from '../../wire/dto.js';
import { textIn } from '../../wire/schemas.js';
import { lacking } from '../create/create-contact.dto.js';
import { readContactPatch, UpdateContactDto, type ReadPatch } from '../update/update-contact.dto.js';

/** The body of an upsert, for the document; it is read like an update's. */
@ApiSchema({
  name: 'UpsertContact',
  description: 'A contact by its email. Where there is none, what a creation requires is required.',
})
export class UpsertContactDto extends OmitType(UpdateContactDto, ['email']) {
  @ApiProperty({ ...textIn('ann@acme.example'), format: 'email', description: 'Matched as login emails are.' })
  email!: string;
}

/** Bodies for the document. */
export const UPSERT_EXAMPLES = {
  'A contact': { email: 'ann@acme.example', first_name: 'Ann', company_id: 1 },
};

/** Reads the body of an upsert: an update's fields, with a required email. */
export function readUpsert(body: Record<string, unknown>, terms: ReadTerms): ReadPatch & { creationErrors: FieldErrors } {
  const { patch, errors } = readContactPatch(body, terms);
  if (patch.email == null && !Object.hasOwn(errors, 'email')) errors['email'] = ['is required'];
  return { patch, errors, creationErrors: lacking(body, { patch, errors }) };
}
