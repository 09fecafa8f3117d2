import { loginEmailKey } from '#app/contracts';
import { query, type StatementRunner } from '#app/postgres';
import { findOrCreateTags, findOrMakeUpTags } from '../tags/tags.js';
import type { WriteUnit } from '../writes/write-unit.js';
import { concernsLogin, type LoginState } from './contact.login.js';
import { namedCompanies, type ContactPatch } from './contact.patch.js';
import type { PatchLookups } from './contact.rules.js';
import type { ContactValues } from './contact.state.js';
import type { TagLookup } from './update/decide-update.js';

/** The existing companies among those that a patch names. */
async function companiesNamedBy(runner: StatementRunner, patch: ContactPatch): Promise<Map<number, string>> {
  const ids = namedCompanies(patch);
  if (!ids) return new Map();
  const rows = await query<{ id: string; name: string }>(runner, 'select id, name from company where id = any($1::bigint[])', [
    ids,
  ]);
  return new Map(rows.map(({ id, name }) => [Number(id), name]));
}

/** What the rules need to know for a contact's patch. */
export async function lookUp(
  runner: StatementRunner,
  contact: Pick<ContactValues, 'hasPortalLogin' | 'email'>,
  patch: ContactPatch,
): Promise<PatchLookups> {
  const companies = await companiesNamedBy(runner, patch);
  const email = patch.email === undefined ? contact.email : patch.email;
  if (email === null || !concernsLogin(contact, patch)) return { companies, emailHolders: new Map() };
  const key = loginEmailKey(email);
  const text = 'select contact_id from portal_login where email_key = $1';
  const [holder] = await query<{ contact_id: string }>(runner, text, [key]);
  return { companies, emailHolders: new Map(holder ? [[key, Number(holder.contact_id)]] : []) };
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
