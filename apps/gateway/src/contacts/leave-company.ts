import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';
import { CompanyInUse } from '../companies/company.errors.js';
import type { WriteRequest } from '../writes/write-request.js';
import type { WriteUnit } from '../writes/write-unit.js';
import { changeOf, eventsOf, type ContactChange } from './contact.change.js';
import { lockContacts, type LockedContact } from './contact-entity.store.js';

/** Most contacts that are loaded at once: they are held in memory, and each flush compares all of them. */
const CONTACTS_AT_ONCE = 200;

/**
 * Ends every membership in a company. The company is locked already, so that no new one begins.
 * @throws {CompanyInUse} if it is the only company of some contacts
 */
export async function leaveCompany(unit: WriteUnit, companyId: number, request: WriteRequest): Promise<void> {
  const contactIds = await lockContactsOf(unit.em, companyId);
  for (let from = 0; from < contactIds.length; from += CONTACTS_AT_ONCE) {
    const ids = contactIds.slice(from, from + CONTACTS_AT_ONCE);
    const locked = [...(await lockContacts(unit.em, ids)).values()];
    await giveUpMemberships(unit.em, companyId, ids);
    await unit.record(locked.flatMap((each) => eventsOf(leave(each, companyId), request)));
    // Each flush compares everything that is loaded.
    unit.em.clear();
  }
}

/** The change of a contact that leaves a company; its memberships are written by a statement. */
function leave({ contact, state }: LockedContact, companyId: number): ContactChange {
  const change = changeOf(state, { ...state, companies: state.companies.filter(({ id }) => id !== companyId) });
  const { version, updatedAt } = change.after;
  Object.assign(contact, { version, updatedAt });
  return change;
}

/** Locks the contacts of a locked company in id order. @returns their ids */
async function lockContactsOf(em: EntityManager, companyId: number): Promise<number[]> {
  await query(
    em,
    `select from contact where id in (select contact_id from contact_company where company_id = $1) order by id for update`,
    [companyId],
  );
  // Read again under the locks: a contact that another transaction had locked can have changed its companies.
  const memberships = await query<{ contact_id: string; only: boolean }>(
    em,
    `select p.contact_id, not exists (
         select from contact_company o where o.contact_id = p.contact_id and o.company_id <> p.company_id) as only
       from contact_company p where p.company_id = $1 order by p.contact_id`,
    [companyId],
  );
  const bound = memberships.filter(({ only }) => only).length;
  if (bound > 0) throw new CompanyInUse(bound);
  return memberships.map(({ contact_id }) => Number(contact_id));
}

/** By statements, not entities: there can be thousands of memberships, and none needs a decision. */
async function giveUpMemberships(em: EntityManager, companyId: number, contactIds: readonly number[]): Promise<void> {
  await query(
    em,
    `with given_up as (
         delete from contact_company where company_id = $1 and contact_id = any($2::bigint[]) returning contact_id, position)
       update contact_company p set position = p.position - 1
       from given_up g where p.contact_id = g.contact_id and p.position > g.position`,
    [companyId, contactIds],
  );
}
