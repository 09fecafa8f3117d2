import { readContactPatch, type ReadPatch } from '../update-contact/update-contact.dto.js';

/** Reads the body of a creation: an update's fields, with what a creation cannot do without. */
export function readNewContact(body: Record<string, unknown>): ReadPatch {
  const { patch, errors } = readContactPatch(body);
  const requireField = (name: string, given: boolean) => {
    if (!given && !Object.keys(errors).some((path) => path.split('.', 1)[0] === name)) errors[name] = ['is required'];
  };
  requireField('first_name', patch.firstName != null);
  if (body['company_ids'] === undefined) requireField('company_id', patch.companyId !== undefined);
  return { patch, errors };
}
