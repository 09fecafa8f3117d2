import type { StatementRunner } from '#app/postgres';
import { needsKnownTags, newTagErrors } from '../tags/new-tag-names.js';
import { emailDefect } from '../wire/identifiers.js';
import type { FieldErrors } from '../wire/validation.error.js';
import type { ContactPatch } from './contact.patch.js';

/** Whether a patch names what cannot be new, so that it has to be compared with what is stored. */
export const namesUnclearText = ({ email, tags }: ContactPatch): boolean =>
  (email != null && emailDefect(email) !== undefined) || needsKnownTags(tags);

/** What a patch names that looks like something else, unless it is stored like that. */
export async function identifierErrors(
  runner: StatementRunner,
  stored: { email: string | null },
  { email, tags }: ContactPatch,
): Promise<FieldErrors> {
  const defect = email == null || email === stored.email ? undefined : emailDefect(email);
  return { ...(await newTagErrors(runner, tags)), ...(defect === undefined ? {} : { email: [defect] }) };
}
