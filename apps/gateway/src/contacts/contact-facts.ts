import type { EntityManager } from '@mikro-orm/postgresql';
import { loginEmailKey } from '#app/contracts';
import { Company } from '../companies/company.entity.js';
import { findOrCreateTags, findOrMakeUpTags } from '../tags/tags.js';
import { tagNameKey, type Tag } from '../tags/tag.entity.js';
import type { WriteUnit } from '../writes/write-unit.js';
import type { Contact } from './contact.entity.js';
import { namedCompanies, type ContactPatch } from './contact.patch.js';
import type { PatchFacts } from './contact.refusals.js';
import { PortalLogin } from './portal-login.entity.js';

/** The companies that patches name, as far as they exist. */
export async function namedCompaniesOf(em: EntityManager, patches: readonly ContactPatch[]): Promise<Map<number, Company>> {
  const ids = [...new Set(patches.flatMap((patch) => namedCompanies(patch) ?? []))];
  if (ids.length === 0) return new Map();
  const companies = await em.find(Company, { id: { $in: ids } });
  return new Map(companies.map((company) => [company.id, company]));
}

/** Whose logins have the emails that patches would claim. */
export async function emailHolders(
  em: EntityManager,
  claims: readonly { contact: Pick<Contact, 'hasPortalLogin' | 'email'>; patch: ContactPatch }[],
): Promise<PatchFacts['takenEmails']> {
  const keys = claims.flatMap(({ contact, patch }) => {
    const email = patch.email === undefined ? contact.email : patch.email;
    const claims = patch.password !== undefined || (contact.hasPortalLogin && patch.email !== undefined);
    return claims && email != null ? [loginEmailKey(email)] : [];
  });
  if (keys.length === 0) return new Map();
  const logins = await em.find(
    PortalLogin,
    { emailKey: { $in: keys } },
    { fields: ['contactId', 'emailKey'], disableIdentityMap: true },
  );
  return new Map(logins.map((login) => [login.emailKey, login.contactId]));
}

/** The tags that patches name, made where they are missing; in a dry run made up. */
export async function namedTags(
  { em, dryRun }: WriteUnit,
  patches: readonly ContactPatch[],
): Promise<(patch: ContactPatch) => Tag[] | undefined> {
  const names = patches.flatMap((patch) => patch.tags ?? []);
  const tags = names.length > 0 ? await (dryRun ? findOrMakeUpTags : findOrCreateTags)(em, names) : new Map<string, Tag>();
  return (patch) => patch.tags && [...new Set(patch.tags.map((name) => tags.get(tagNameKey(name))!))];
}
