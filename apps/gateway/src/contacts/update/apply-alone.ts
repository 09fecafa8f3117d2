import type { EntityManager } from '@mikro-orm/postgresql';
import { query, RetryTransaction } from '#app/postgres';
import type { WriteUnit } from '../../writes/write-unit.js';
import { SHORT_WAITS } from '../../writes/write-waits.js';
import { changeOf, eventsOf, type ContactChange } from '../contact.change.js';
import { lockContacts, takeOver, takeOverLogin, type LockedContact } from '../contact-entity.store.js';
import { ContactNotFound, EmailMoved } from '../contact.errors.js';
import { loginOf, lookUp, tagsNamedBy } from '../contact.lookups.js';
import { namedCompanies } from '../contact.patch.js';
import { flaggedCompanies, type ContactState } from '../contact.state.js';
import type { WrittenContact } from '../written-contact.js';
import { decideUpdate } from './decide-update.js';
import type { Rehearsal } from './rehearsal.js';
import type { UpdateJob } from '../together/contact-job.js';

/** Applies one update of any kind, in a transaction of its own. The ORM's unit of work writes it. */
export async function applyAlone(unit: WriteUnit, job: UpdateJob): Promise<WrittenContact> {
  const { em } = unit;
  const { contactId, patch, credential, request, rehearsal } = job;
  const companyIds = await concernedCompanies(em, job);
  await lockCompanies(em, companyIds);
  const primaries = patch.isPrimary === true ? await primaryContactsOf(em, companyIds) : [];
  const rehearsed = rehearsal?.primariesOf(companyIds) ?? [];
  const locked = await lockRehearsed(em, [contactId, ...primaries, ...rehearsed], rehearsal);
  const { contact, state } = theContact(locked.get(contactId), job, companyIds);
  const login = state.hasPortalLogin ? (rehearsal?.login(contactId) ?? (await loginOf(em, contactId))) : undefined;
  const found = await lookUp(em, state, patch, rehearsal);
  const named = await tagsNamedBy(unit, patch);
  const lookups = { ...found, login, tags: rehearsal?.tagsAmong(named) ?? named };
  const decision = decideUpdate(state, { patch, credential, condition: request.condition }, lookups);
  if ('error' in decision) throw decision.error;
  locked.delete(contactId);
  const demoted = await demotePrimaries(unit, locked.values(), patch.isPrimary === true ? flaggedCompanies(state, patch) : []);
  if (!unit.dryRun) await takeOver(em, contact, decision.change);
  if (!unit.dryRun && decision.login) await takeOverLogin(unit, contactId, decision.login);
  await unit.record([...demoted, decision.change].flatMap((change) => eventsOf(change, request)));
  rehearsal?.done([...demoted, decision.change], decision.login);
  return { contact: decision.change.snapshot, loginVersion: decision.change.after.loginVersion };
}

/** Locks contacts and reads them, as the earlier items of a dry run would have left them. */
async function lockRehearsed(
  em: EntityManager,
  ids: readonly number[],
  rehearsal: Rehearsal | undefined,
): Promise<Map<number, LockedContact>> {
  const locked = await lockContacts(em, ids);
  for (const [id, { contact, state }] of locked) {
    const known = rehearsal?.contact(id);
    if (known) locked.set(id, { contact, state: { ...known, changedAt: state.changedAt } });
  }
  return locked;
}

function theContact(found: LockedContact | undefined, job: UpdateJob, companyIds: readonly number[]): LockedContact {
  const { upsertKey, patch } = job;
  if (upsertKey !== undefined && found?.state.emailKey !== upsertKey) throw new EmailMoved();
  if (!found) throw new ContactNotFound();
  // The companies were read before the contact was locked.
  if (namedCompanies(patch) === undefined && found.state.companies[0]?.id !== companyIds[0]) throw new RetryTransaction();
  return found;
}

/** Ids of the companies whose memberships or primary contact can change: read without a lock, checked under it. */
export async function concernedCompanies(
  em: EntityManager,
  { contactId, patch, rehearsal }: Pick<UpdateJob, 'contactId' | 'patch' | 'rehearsal'>,
): Promise<number[]> {
  const named = namedCompanies(patch);
  if (named) return named;
  const known = rehearsal?.contact(contactId);
  if (known) return known.companies.slice(0, 1).map(({ id }) => id);
  const text = 'select company_id from contact_company where contact_id = $1 order by position limit 1';
  return (await query<{ company_id: string }>(em, text, [contactId])).map(({ company_id }) => Number(company_id));
}

/**
 * Locks the companies whose memberships or primary contact change, in id order. It waits for the first one; for another lock the
 * transaction waits only a moment.
 */
export const lockCompanies = (em: EntityManager, ids: readonly number[]): Promise<void> =>
  holdCompanies(em, ids, 'no key update');

/**
 * Keeps companies as they are until the transaction ends. Transactions that take this lock do not wait for each other, but for a change
 * or deletion of the company and for a change of its primary contact.
 */
export const shareCompanies = (em: EntityManager, ids: readonly number[]): Promise<void> => holdCompanies(em, ids, 'share');

async function holdCompanies(em: EntityManager, ids: readonly number[], lock: 'no key update' | 'share'): Promise<void> {
  if (ids.length === 0) return;
  const held = `select from company where id = any($1::bigint[]) order by id for ${lock}`;
  await query(em, `select ${SHORT_WAITS} from (${held}) held`, [ids]);
}

/** Ids of the primary contacts of these companies. They cannot change once the companies are locked. */
export async function primaryContactsOf(em: EntityManager, companyIds: readonly number[]): Promise<number[]> {
  const text = 'select distinct contact_id from contact_company where company_id = any($1::bigint[]) and is_primary';
  return (await query<{ contact_id: string }>(em, text, [companyIds])).map(({ contact_id }) => Number(contact_id));
}

/**
 * Takes the primary flag of these companies from locked contacts, so that another contact can have it.
 * Written at once: the index allows one primary contact per company at any moment.
 */
export async function demotePrimaries(
  unit: WriteUnit,
  contacts: Iterable<LockedContact>,
  companyIds: readonly number[],
): Promise<ContactChange[]> {
  const demoted = [...contacts].map(({ contact, state }) => ({
    contact,
    change: changeOf(state, withoutPrimaryFlag(state, companyIds)),
  }));
  const changed = demoted.filter(({ change }) => change.changed.length > 0);
  // In one statement: a contact can take the flag from a hundred others.
  await unit.em.populate(
    changed.map(({ contact }) => contact),
    ['memberships'],
  );
  for (const { contact, change } of changed) await takeOver(unit.em, contact, change);
  if (demoted.length > 0) await unit.flush();
  return demoted.map(({ change }) => change);
}

const withoutPrimaryFlag = (state: ContactState, companyIds: readonly number[]): ContactState => ({
  ...state,
  companies: state.companies.map((company) => (companyIds.includes(company.id) ? { ...company, is_primary: false } : company)),
});
