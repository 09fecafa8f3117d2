import { loginEmailKey } from '#app/contracts';
import type { Contact } from './contact.entity.js';
import type { FieldErrors } from '../writes/write-request.js';
import { LoginEmailTaken } from './contact.errors.js';
import type { ContactPatch } from './contact.patch.js';

/** What the database holds of the things that a patch names. */
export interface PatchFacts {
  /** Ids of the named companies that exist. */
  companies: ReadonlySet<number> | ReadonlyMap<number, unknown>;
  /** Keys of login emails that are taken, by the id of the contact whose login has them. */
  takenEmails: ReadonlyMap<string, number>;
}

type ContactState = Pick<Contact, 'id' | 'hasPortalLogin'> & { email?: string | null | undefined };

/** Every rule that a patch breaks on this contact as it stands; empty where it may be applied. */
export function refusalsOf(contact: ContactState, patch: ContactPatch, facts: PatchFacts): FieldErrors {
  return { ...companyRefusals(patch, facts), ...loginRefusals(contact, patch, facts) };
}

function companyRefusals({ companyId, companyIds }: ContactPatch, { companies }: PatchFacts): FieldErrors {
  const refusals: FieldErrors = {};
  if (companyId !== undefined && !companies.has(companyId)) refusals['company_id'] = ['must be an existing company'];
  companyIds?.forEach((id, index) => {
    if (!companies.has(id)) refusals[`company_ids.${index}`] = ['must be an existing company'];
  });
  return refusals;
}

function loginRefusals(contact: ContactState, patch: ContactPatch, { takenEmails }: PatchFacts): FieldErrors {
  const email = patch.email === undefined ? contact.email : patch.email;
  const refusals: FieldErrors = {};
  if (email == null) {
    if (contact.hasPortalLogin && patch.email === null)
      refusals['email'] = ['cannot be cleared while the contact has a portal login'];
    if (patch.password !== undefined) refusals['password'] = ['needs an email address of the contact'];
    return refusals;
  }
  const concernsLogin = patch.password !== undefined || (contact.hasPortalLogin && patch.email !== undefined);
  const holder = concernsLogin ? takenEmails.get(loginEmailKey(email)) : undefined;
  if (holder !== undefined && holder !== contact.id) refusals['email'] = LoginEmailTaken.reasons;
  return refusals;
}
