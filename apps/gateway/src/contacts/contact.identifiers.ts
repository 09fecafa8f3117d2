import type { StatementRunner } from '#app/postgres';
import { needsKnownTags, newTagErrors } from '../tags/new-tag-names.js';
import { emailDefect } from '../wire/identifiers.js';
import type { FieldErrors } from '../wire/validation.error.js';
import type { ContactPatch } from './contact.patch.js';

/** Whether a patch has a name that is invalid for a new value, so that it must be compared with the stored one. */
export const namesUnclearText = ({ email, tags }: ContactPatch): boolean =>
  (email != null && emailDefect(email) !== undefined) || needsKnownTags(tags);

/** Errors of names in a patch that look like another name; a stored name passes. */
export async function identifierErrors(
  runner: StatementRunner,
  stored: { email: string | null },
  { email, tags }: ContactPatch,
): Promise<FieldErrors> {
  const defect = email == null || email === stored.email ? undefined : emailDefect(email);
  return { ...(await newTagErrors(runner, tags)), ...(defect === undefined ? {} : { email: [defect] }) };
}
