import type { EntityManager } from '@mikro-orm/postgresql';
import { newTagErrors } from '../tags/new-tag-names.js';
import type { FieldErrors } from '../wire/validation.error.js';
import { lookUp } from './contact.lookups.js';
import type { ContactPatch } from './contact.patch.js';
import { patchErrors } from './contact.rules.js';

/** Errors of a patch that it has for every contact: unknown companies and invalid new tags. */
export async function commonErrors(em: EntityManager, patch: ContactPatch): Promise<FieldErrors> {
  const { email: _email, password: _password, ...others } = patch;
  const nobody = { id: 0, hasPortalLogin: false, email: null };
  const lookups = await lookUp(em, nobody, others);
  return { ...(await newTagErrors(em, others.tags)), ...patchErrors(nobody, others, lookups) };
}
