import type { ReadTerms } from '../../http/wire.dto.js';
import { readContactPatch, type ReadPatch } from '../update-contact/update-contact.dto.js';

/** Reads the body of a creation: an update's fields, with what a creation cannot do without. */
export function readNewContact(body: Record<string, unknown>, terms: ReadTerms): ReadPatch {
  const { patch, errors } = readContactPatch(body, terms);
  return { patch, errors: { ...errors, ...lacking(body, { patch, errors }) } };
}

/** What a creation lacks of a patch that would do for an update. */
export function lacking(body: Record<string, unknown>, { patch, errors }: ReadPatch): ReadPatch['errors'] {
  const named = new Set(Object.keys(errors).map((path) => path.split('.', 1)[0]));
  const lacks: ReadPatch['errors'] = {};
  if (patch.firstName == null && !named.has('first_name')) lacks['first_name'] = ['is required'];
  const hasCompany = patch.companyId !== undefined || body['company_ids'] !== undefined || named.has('company_id');
  if (!hasCompany) lacks['company_id'] = ['is required'];
  return lacks;
}
