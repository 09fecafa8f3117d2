import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';
import { databaseTime } from '../../writes/database-time.js';
import type { FieldErrors, WriteRequest } from '../../writes/write-request.js';
import type { WriteUnit } from '../../writes/write-unit.js';
import { concludeDrafts, demotePrimaries } from '../contact-drafts.js';
import { emailHolders, namedCompaniesOf, namedTags } from '../contact-facts.js';
import { lockCompanies, lockContacts, primaryContactsOf } from '../contact-locks.js';
import { followWithLogin } from '../contact-login.js';
import { Contact } from '../contact.entity.js';
import { contactErrorOf } from '../contact.errors.js';
import { contactCreated, portalLoginEvents } from '../contact.events.js';
import { namedCompanies, type ContactPatch } from '../contact.patch.js';
import { refusalsOf } from '../contact.refusals.js';
import { snapshotOf } from '../contact.snapshot.js';
import type { WrittenContact } from '../written-contact.js';

/** One creation, ready for its transaction. */
export interface CreationJob {
  contactId: number;
  patch: ContactPatch;
  formErrors: FieldErrors;
  request: WriteRequest;
  /** The password's hash, sealed; undefined where none was given. */
  credential: string | undefined;
}

/** The id of a contact to be: the seal of its password is bound to it. A dry run makes one up. */
export async function drawContactId(em: EntityManager, { dryRun }: WriteRequest): Promise<number> {
  if (dryRun) return -1;
  const [row] = await query<{ id: string }>(em, `select nextval(pg_get_serial_sequence('contact', 'id')) as id`);
  return Number(row!.id);
}

/**
 * Creates a contact with its places, tags and login.
 * @throws {ValidationFailed}
 */
export async function createContact(unit: WriteUnit, job: CreationJob): Promise<WrittenContact> {
  const { contactId, patch, request, credential } = job;
  const companyIds = namedCompanies(patch) ?? [];
  await lockCompanies(unit.em, companyIds);
  const primaries = patch.isPrimary === true ? await primaryContactsOf(unit.em, companyIds) : [];
  const formerPrimaries = [...(await lockContacts(unit.em, primaries)).values()];
  await refuseCreation(unit.em, job);
  const companies = await namedCompaniesOf(unit.em, [patch]);
  const tagsOf = await namedTags(unit, [patch]);
  const drafts = formerPrimaries.map((former) => ({ contact: former, before: snapshotOf(former), request }));
  await demotePrimaries(unit, formerPrimaries, companyIds);

  const at = await databaseTime(unit.em);
  const contact = newContact(unit.em, contactId, at);
  contact.applyPatch(patch, { companies, tags: tagsOf(patch) });
  // The claim refers to the contact's row, which has to be there first.
  if (credential !== undefined) await unit.flush();
  const login = await followWithLogin(unit.em, contact, patch, credential);
  const snapshot = snapshotOf(contact);
  const occasion = { at, request };
  await unit.record([
    ...concludeDrafts(drafts),
    contactCreated(snapshot, occasion),
    ...(login ? portalLoginEvents(login, occasion) : []),
  ]);
  return { contact: snapshot, loginVersion: contact.loginVersion };
}

/** @throws {ValidationFailed} naming every field that keeps the contact from being made, by form or by what the database holds */
export async function refuseCreation(
  em: EntityManager,
  { patch, formErrors }: Pick<CreationJob, 'patch' | 'formErrors'>,
): Promise<void> {
  const contact = { id: 0, hasPortalLogin: false, email: null };
  const companies = await namedCompaniesOf(em, [patch]);
  const takenEmails = await emailHolders(em, [{ contact, patch }]);
  const refusals = { ...refusalsOf(contact, patch, { companies, takenEmails }), ...formErrors };
  if (Object.keys(refusals).length > 0) throw contactErrorOf(refusals);
}

const newContact = (em: EntityManager, id: number, at: Date): Contact =>
  em.create(Contact, {
    id,
    version: 1,
    loginVersion: 0,
    hasPortalLogin: false,
    createdAt: at,
    updatedAt: at,
    lockedAt: at,
  });
