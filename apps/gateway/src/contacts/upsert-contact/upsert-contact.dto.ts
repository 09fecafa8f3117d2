import type { FieldErrors } from '@app/http';
import type { ReadTerms } from '../../http/wire.dto.js';
import { lacking } from '../create-contact/create-contact.dto.js';
import { readContactPatch, type ReadPatch } from '../update-contact/update-contact.dto.js';

/** Reads the body of an upsert: an update's fields, the email among them. */
export function readUpsert(body: Record<string, unknown>, terms: ReadTerms): ReadPatch & { creationErrors: FieldErrors } {
  const { patch, errors } = readContactPatch(body, terms);
  if (patch.email == null && !Object.hasOwn(errors, 'email')) errors['email'] = ['is required'];
  return { patch, errors, creationErrors: lacking(body, { patch, errors }) };
}
