import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';
import { permitsWrite } from '../writes/version-condition.js';
import { VersionMismatch } from '../writes/write.errors.js';
import type { WriteRequest } from '../writes/write-request.js';
import { ContactCompany } from './contact-company.entity.js';
import { readParts } from './contact-parts.js';
import { Contact } from './contact.entity.js';
import { contactErrorOf, ContactNotFound } from './contact.errors.js';

/** Contacts locked in the order of their ids, with the places and tags of those that `touched` says change theirs. */
export async function lockContacts(
  em: EntityManager,
  ids: readonly number[],
  touched: (contactId: number) => boolean = () => true,
): Promise<Map<number, Contact>> {
  // Lock by a bare select before reading anything else: two updates of one contact reach the topic in commit order.
  const contacts = await em.find(
    Contact,
    { id: { $in: [...ids] } },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  const loaded = contacts.filter(({ id }) => touched(id));
  if (loaded.length > 0) await em.populate(loaded, ['places', 'places.company', 'tags'], { strategy: 'select-in' });
  await readParts(
    em,
    contacts.filter(({ id }) => !touched(id)),
  );
  return new Map(contacts.map((contact) => [contact.id, contact]));
}

/** Locks the companies whose places or primary contact change, in the order of their ids. */
export async function lockCompanies(em: EntityManager, ids: Iterable<number>): Promise<void> {
  const sorted = [...new Set(ids)].sort((a, b) => a - b);
  if (sorted.length === 0) return;
  await query(em, 'select id from company where id = any($1::bigint[]) order by id for no key update', [sorted]);
}

/** Ids of the contacts that are primary in these companies. Stable once the companies are locked. */
export async function primaryContactsOf(em: EntityManager, companyIds: readonly number[]): Promise<number[]> {
  const where = { company: { $in: [...companyIds] }, isPrimary: true };
  const places = await em.find(ContactCompany, where, { disableIdentityMap: true });
  return places.map((place) => place.contact.id);
}

/**
 * One contact, locked for a write that moves no place.
 * @throws {ContactNotFound} @throws {ValidationFailed} for what is wrong with the request's terms @throws {VersionMismatch}
 */
export async function lockForWrite(em: EntityManager, contactId: number, request: WriteRequest): Promise<Contact> {
  const contact = (await lockContacts(em, [contactId], () => false)).get(contactId);
  if (!contact) throw new ContactNotFound();
  if (Object.keys(request.refusals).length > 0) throw contactErrorOf(request.refusals);
  if (request.ifMatch && !permitsWrite(request.ifMatch, contact.version)) throw new VersionMismatch();
  return contact;
}
