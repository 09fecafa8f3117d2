import { loginEmailKey } from '#app/contracts';
import type { FieldErrors } from '../wire/validation.error.js';
import { LoginEmailTaken } from './contact.errors.js';
import { concernsLogin } from './contact.login.js';
import type { ContactPatch } from './contact.patch.js';

/** What the database holds of the companies and emails that a patch names. */
export interface PatchLookups {
  /** Names of the existing companies among the named ones, by id. */
  companies: ReadonlyMap<number, string>;
  /** Id of the contact whose login has an email, by the email's key. */
  emailHolders: ReadonlyMap<string, number>;
}

interface Subject {
  id: number;
  hasPortalLogin: boolean;
  email?: string | null | undefined;
}

/** Every rule that a patch breaks on this contact; empty if the patch may be applied. */
export const patchErrors = (contact: Subject, patch: ContactPatch, lookups: PatchLookups): FieldErrors => ({
  ...companyErrors(patch, lookups),
  ...loginErrors(contact, patch, lookups),
});

const NEEDS_EMAIL = 'needs an email address of the contact';

/** The patch that the rules judge: a malformed password, which a patch lacks, counts as given, so that its email is judged too. */
export const judgedPatch = (patch: ContactPatch, formErrors: FieldErrors): ContactPatch =>
  formErrors['password'] ? { ...patch, password: '' } : patch;

/** A patch's errors with those of its form. A malformed email has its own error: the password then needs none for a missing email. */
export function mergedErrors(errors: FieldErrors, formErrors: FieldErrors): FieldErrors {
  const { password = [], ...others } = errors;
  const needs = password.filter((reason) => !(formErrors['email'] && reason === NEEDS_EMAIL));
  const reasons = [...(formErrors['password'] ?? []), ...needs];
  return { ...others, ...formErrors, ...(reasons.length > 0 ? { password: reasons } : {}) };
}

function companyErrors({ companyId, companyIds }: ContactPatch, { companies }: PatchLookups): FieldErrors {
  const errors: FieldErrors = {};
  if (companyId !== undefined && !companies.has(companyId)) errors['company_id'] = ['must be an existing company'];
  companyIds?.forEach((id, index) => {
    if (!companies.has(id)) errors[`company_ids.${index}`] = ['must be an existing company'];
  });
  return errors;
}

function loginErrors(contact: Subject, patch: ContactPatch, { emailHolders }: PatchLookups): FieldErrors {
  const email = patch.email === undefined ? contact.email : patch.email;
  const errors: FieldErrors = {};
  if (email == null) {
    if (contact.hasPortalLogin && patch.email === null)
      errors['email'] = ['cannot be cleared while the contact has a portal login'];
    if (patch.password !== undefined) errors['password'] = [NEEDS_EMAIL];
    return errors;
  }
  const holder = concernsLogin(contact, patch) ? emailHolders.get(loginEmailKey(email)) : undefined;
  if (holder !== undefined && holder !== contact.id) errors['email'] = LoginEmailTaken.reasons;
  return errors;
}
