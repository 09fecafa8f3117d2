import { ApiSchema } from '@nestjs/swagger';
import type { ReadTerms } from '../../wire/dto.js';
import { readBody, type ReadBody } from '../../wire/fields.js';
import { CONTACT_BODY_FIELDS, ContactBodyDto } from '../contact.fields.js';

/** The body of an update, for the document. Absent keeps a value, null clears it. */
@ApiSchema({
  name: 'UpdateContact',
  description: 'Fields to change. Others are ignored, so a contact that was read may be sent back whole.',
})
export class UpdateContactDto extends ContactBodyDto {}

/** Bodies for the document. */
export const UPDATE_EXAMPLES = {
  'Some fields': { phone_1: '+1 555 0100', tags: ['vip', 'sales'] },
  'A field cleared': { phone_2: null },
  'Email and portal password': { email: 'john.smith@acme.example', password: 'correct horse battery' },
};

/** A contact's patch, checked for form. */
export type ReadPatch = ReadBody<typeof CONTACT_BODY_FIELDS>;

/** Reads the body of an update. */
export const readContactPatch = (body: Record<string, unknown>, terms: ReadTerms): ReadPatch =>
  readBody(ContactBodyDto, body, terms);
