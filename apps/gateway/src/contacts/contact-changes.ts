import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import { loginEmailKey, type ContactSnapshot } from '@app/contracts';
import type { Outbox, OutboxDraft } from '@app/messaging';
import { Company } from '../companies/company.entity.js';
import type { RequestMeta } from '../http/request-meta.js';
import { findOrCreateTags } from '../tags/tags.js';
import { tagNameKey, type Tag } from '../tags/tag.entity.js';
import { ContactCompany } from './contact-company.entity.js';
import { readParts } from './contact-parts.js';
import { Contact } from './contact.entity.js';
import { contactUpdated, portalLoginChanged, type LoginChange } from './contact.events.js';
import { namedCompanies, type ContactPatch } from './contact.patch.js';
import type { PatchFacts } from './contact.refusals.js';
import { changedFields, snapshotOf } from './contact.snapshot.js';
import { PortalLogin } from './portal-login.entity.js';

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
  await em.execute(
    `select id from company where id in (${sorted.map(() => '?').join(', ')}) order by id for no key update`,
    sorted,
  );
}

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

/** The tags that patches name, made where they are missing. */
export async function namedTags(
  em: EntityManager,
  patches: readonly ContactPatch[],
): Promise<(patch: ContactPatch) => Tag[] | undefined> {
  const names = patches.flatMap((patch) => patch.tags ?? []);
  const tags = names.length > 0 ? await findOrCreateTags(em, names) : new Map<string, Tag>();
  return (patch) => patch.tags && [...new Set(patch.tags.map((name) => tags.get(tagNameKey(name))!))];
}

/** One contact on its way from what it was to what a request asks for. */
export interface Draft {
  contact: Contact;
  before: ContactSnapshot;
  /** Set when the draft is concluded. */
  after?: ContactSnapshot;
  request: RequestMeta;
  login?: LoginChange | undefined;
}

/** When a locked contact changes: the database's clock, and never before its last change. */
export const changeTime = (contact: Contact): Date =>
  contact.lockedAt.getTime() > contact.updatedAt.getTime() ? contact.lockedAt : contact.updatedAt;

/**
 * Raises version and time of what changed, and notes what it became.
 * @returns the events that tell of it, in the order in which they are to be published
 */
export function concludeDrafts(drafts: readonly Draft[]): OutboxDraft[] {
  return drafts.flatMap((draft) => {
    const { contact, before, request, login } = draft;
    const at = changeTime(contact);
    const after = snapshotOf(contact);
    const changed = changedFields(before, after);
    if (changed.length > 0) {
      after.version = ++contact.version;
      contact.updatedAt = at;
      after.updated_at = at.toISOString();
    }
    draft.after = after;
    const events: OutboxDraft[] = [];
    if (changed.length > 0) events.push(contactUpdated({ before, after, changed }, { at, request }));
    if (login) events.push((position) => portalLoginChanged(login, position, { at, request }));
    return events;
  });
}

/** Ids of the contacts that are primary in these companies. Stable once the companies are locked. */
export async function primaryContactsOf(em: EntityManager, companyIds: readonly number[]): Promise<number[]> {
  const where = { company: { $in: [...companyIds] }, isPrimary: true };
  const places = await em.find(ContactCompany, where, { disableIdentityMap: true });
  return places.map((place) => place.contact.id);
}

/**
 * Takes the primary flag of these companies from locked contacts, so that another can have it.
 * Written at once: the index allows one primary contact a company at any moment.
 */
export async function demotePrimaries(
  em: EntityManager,
  contacts: readonly Contact[],
  companyIds: readonly number[],
): Promise<void> {
  const places = contacts
    .flatMap((contact) => contact.places.getItems())
    .filter((place) => companyIds.includes(place.company.id));
  for (const place of places) place.isPrimary = false;
  if (places.length > 0) await em.flush();
}

/** Follows a contact's change in its login: makes it, moves its email, replaces its credential. */
export async function followWithLogin(
  em: EntityManager,
  contact: Contact,
  patch: ContactPatch,
  credential: string | undefined,
): Promise<LoginChange | undefined> {
  const email = contact.email;
  if (email == null || (!contact.hasPortalLogin && credential === undefined)) return undefined;
  if (patch.email === undefined && credential === undefined) return undefined;
  const login = contact.hasPortalLogin ? await em.findOneOrFail(PortalLogin, contact.id) : undefined;
  if (login && credential === undefined && login.email === email) return undefined;
  contact.loginVersion++;
  if (!login) {
    contact.hasPortalLogin = true;
    em.create(PortalLogin, { contactId: contact.id, email, emailKey: loginEmailKey(email), credential: credential! });
    return loginChange(contact, ['created'], email, null, credential!);
  }
  const previousEmail = login.email === email ? null : login.email;
  Object.assign(login, { email, emailKey: loginEmailKey(email), credential: credential ?? login.credential });
  const changes: LoginChange['changes'] = [
    ...(previousEmail === null ? [] : ['email' as const]),
    ...(credential === undefined ? [] : ['password' as const]),
  ];
  return loginChange(contact, changes, email, previousEmail, login.credential);
}

const loginChange = (
  { id, loginVersion }: Contact,
  changes: LoginChange['changes'],
  email: string,
  previousEmail: string | null,
  credential: string,
): LoginChange => ({
  contactId: id,
  version: loginVersion,
  changes,
  email,
  previousEmail,
  credential,
});

/** Writes the changes, then records their events: ids and positions are drawn after the unique claims have decided. */
export async function writeWithEvents(em: EntityManager, outbox: Outbox, events: OutboxDraft[]): Promise<void> {
  await em.flush();
  await outbox.add(em, events);
}
