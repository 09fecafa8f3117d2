import { loginEmailKey } from '#app/contracts';
import { query, type StatementRunner } from '#app/postgres';
import type { NamedCompany } from '../companies/company-locks.js';
import { findOrCreateTags, findOrMakeUpTags } from '../tags/tags.js';
import type { WriteUnit } from '../writes/write-unit.js';
import { concernsLogin, type LoginState } from './contact.login.js';
import type { ContactPatch } from './contact.patch.js';
import type { PatchLookups } from './contact.rules.js';
import type { ContactValues } from './contact.state.js';
import type { TagLookup } from './update/decide-update.js';
import type { Rehearsal } from './update/rehearsal.js';

/** A named company, and the position of the contact's membership in it; null without one. */
export type CompanyOfContact = NamedCompany & { position: number | null };

/**
 * The names of the companies that a patch can name, by id. A closed one counts only where the contact keeps it: as the main company that
 * it has, or beside an open one.
 */
export function usableCompanies(companies: readonly CompanyOfContact[], patch: ContactPatch): Map<number, string> {
  const isKept = ({ position }: CompanyOfContact): boolean =>
    patch.companyIds ? position !== null && companies.some(({ isOpen }) => isOpen) : position === 0;
  return new Map(companies.filter((company) => company.isOpen || isKept(company)).map(({ id, name }) => [id, name]));
}

/** The existing companies among those that a patch names. */
async function companiesNamedBy(
  runner: StatementRunner,
  contactId: number,
  patch: ContactPatch,
  rehearsal: Rehearsal | undefined,
): Promise<Map<number, string>> {
  // Both names are judged, though a request may have only one of them.
  const ids = [...(patch.companyIds ?? []), ...(patch.companyId === undefined ? [] : [patch.companyId])];
  if (ids.length === 0) return new Map();
  const rows = await query<{ id: string; name: string; is_open: boolean; position: number | null }>(
    runner,
    `select c.id, c.name, c.closed_at is null as is_open, m.position from company c
       left join contact_company m on m.company_id = c.id and m.contact_id = $2 where c.id = any($1::bigint[])`,
    [ids, contactId],
  );
  const companies = rows.map(({ id, name, is_open, position }) => ({ id: Number(id), name, isOpen: is_open, position }));
  return usableCompanies(rehearsal?.companies(contactId, companies) ?? companies, patch);
}

/** What the rules need to know for a contact's patch, after the earlier items of a dry run. */
export async function lookUp(
  runner: StatementRunner,
  contact: Pick<ContactValues, 'id' | 'hasPortalLogin' | 'email'>,
  patch: ContactPatch,
  rehearsal?: Rehearsal,
): Promise<PatchLookups> {
  const companies = await companiesNamedBy(runner, contact.id, patch, rehearsal);
  const email = patch.email === undefined ? contact.email : patch.email;
  if (email === null || !concernsLogin(contact, patch)) return { companies, emailHolders: new Map() };
  const key = loginEmailKey(email);
  const text = 'select contact_id from portal_login where email_key = $1';
  const [holder] = await query<{ contact_id: string }>(runner, text, [key]);
  const emailHolders = new Map(holder ? [[key, Number(holder.contact_id)]] : []);
  return { companies, emailHolders: rehearsal?.emailHolders(emailHolders) ?? emailHolders };
}

/** The login of a contact; undefined if it has none. */
export async function loginOf(runner: StatementRunner, contactId: number): Promise<LoginState | undefined> {
  const text = 'select email, email_key as "emailKey", credential from portal_login where contact_id = $1';
  const [login] = await query<LoginState>(runner, text, [contactId]);
  return login;
}

/** The tags that a patch names; missing ones are made, or made up in a dry run. */
export async function tagsNamedBy({ em, dryRun }: WriteUnit, { tags }: ContactPatch): Promise<TagLookup> {
  if (!tags || tags.length === 0) return new Map();
  return (dryRun ? findOrMakeUpTags : findOrCreateTags)(em, tags);
}
