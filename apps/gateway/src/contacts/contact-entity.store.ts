import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import { Company } from '../companies/company.entity.js';
import { Tag } from '../tags/tag.entity.js';
import { permitsWrite } from '../writes/version-condition.js';
import { VersionMismatch } from '../writes/write.errors.js';
import type { WriteRequest } from '../writes/write-request.js';
import type { WriteUnit } from '../writes/write-unit.js';
import { assertValid } from '../wire/validation.error.js';
import { readAssociations } from './contact.associations.js';
import type { ContactChange } from './contact.change.js';
import { Contact } from './contact.entity.js';
import { ContactNotFound } from './contact.errors.js';
import type { LoginChange } from './contact.events.js';
import { removalOf, type LoginUpdate } from './contact.login.js';
import { FLAGS, TEXT_FIELDS, type TextField } from './contact.patch.js';
import { FLAG_NAMES, type ContactAssociations, type ContactState } from './contact.state.js';
import { Membership } from './membership.entity.js';
import { PortalLogin } from './portal-login.entity.js';

/** A locked contact: the entity that writes its changes, and its state when it was read. */
export interface LockedContact {
  contact: Contact;
  state: ContactState;
}

/**
 * Locks contacts and reads them. It does not wait for locked ones, but fails: the transaction can hold its companies, which other contacts'
 * writes need, and begins again.
 */
export async function lockContacts(em: EntityManager, ids: readonly number[]): Promise<Map<number, LockedContact>> {
  // A bare select locks before anything else is read: two updates of one contact reach the topic in commit order.
  const contacts = await em.find(
    Contact,
    { id: { $in: [...ids] } },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE_OR_FAIL },
  );
  const associations = await readAssociations(
    em,
    contacts.map(({ id }) => id),
  );
  return new Map(contacts.map((contact) => [contact.id, { contact, state: stateOf(contact, associations.get(contact.id)!) }]));
}

/**
 * One contact, locked for a write that moves no membership.
 * @throws {ContactNotFound} @throws {ValidationFailed} for errors of the request's terms @throws {VersionMismatch}
 */
export async function lockForWrite(em: EntityManager, contactId: number, request: WriteRequest): Promise<LockedContact> {
  const locked = (await lockContacts(em, [contactId])).get(contactId);
  if (!locked) throw new ContactNotFound();
  assertValid(request.errors);
  if (request.condition && !permitsWrite(request.condition, locked.state.version)) throw new VersionMismatch();
  return locked;
}

/** Converts the entity to a value. */
function stateOf(contact: Contact, { companies, tags }: ContactAssociations): ContactState {
  const { id, version, loginVersion, hasPortalLogin } = contact;
  const [createdAt, updatedAt, changedAt] = [contact.createdAt, contact.updatedAt, contact.changeTime()].map((time) =>
    time.toISOString(),
  );
  const times = { createdAt: createdAt!, updatedAt: updatedAt!, changedAt: changedAt! };
  const own = { id, version, loginVersion, hasPortalLogin, emailKey: contact.emailKey ?? null, ...times, companies, tags };
  const texts = Object.fromEntries(TEXT_FIELDS.map((field) => [field, contact[field] ?? null]));
  return { ...own, ...(texts as Record<TextField, string | null>) };
}

/** Sets the entity to the state after a change; the next flush writes it. */
export async function takeOver(
  em: EntityManager,
  contact: Contact,
  { before, after }: Pick<ContactChange, 'before' | 'after'>,
): Promise<void> {
  for (const field of TEXT_FIELDS) contact[field] = after[field];
  const { version, loginVersion, hasPortalLogin, emailKey } = after;
  Object.assign(contact, { version, loginVersion, hasPortalLogin, emailKey, updatedAt: new Date(after.updatedAt) });
  if (after.companies !== before.companies) await setMemberships(em, contact, after);
  if (after.tags === before.tags) return;
  if (!contact.tags.isInitialized()) await contact.tags.init();
  contact.tags.set(after.tags.map(({ id }) => em.getReference(Tag, id)));
}

async function setMemberships(em: EntityManager, contact: Contact, { companies }: ContactAssociations): Promise<void> {
  if (!contact.memberships.isInitialized()) await contact.memberships.init();
  const former = new Map(contact.memberships.getItems().map((membership) => [membership.company.id, membership]));
  companies.forEach((shown, position) => {
    const membership = former.get(shown.id) ?? new Membership();
    membership.position = position;
    for (const flag of FLAGS) membership[flag] = shown[FLAG_NAMES[flag]];
    if (former.delete(shown.id)) return;
    Object.assign(membership, { contact, company: em.getReference(Company, shown.id) });
    contact.memberships.add(membership);
  });
  for (const left of former.values()) contact.memberships.remove(left);
}

/** Makes or changes the login; the next flush claims its email. */
export async function takeOverLogin({ em }: WriteUnit, contactId: number, { login, change }: LoginUpdate): Promise<void> {
  if (change.changes.includes('created')) em.create(PortalLogin, { contactId, ...login });
  else Object.assign(await em.findOneOrFail(PortalLogin, contactId), login);
}

/** Removes a contact's login; undefined if it has none. */
export async function removeLogin({ em }: WriteUnit, state: ContactState): Promise<LoginChange | undefined> {
  const removal = removalOf(state);
  if (removal) em.remove(await em.findOneOrFail(PortalLogin, state.id));
  return removal;
}
