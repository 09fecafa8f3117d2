import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';
import { databaseTime } from '../../writes/database-time.js';
import type { FieldErrors, WriteRequest } from '../../writes/write-request.js';
import type { WriteUnit } from '../../writes/write-unit.js';
import type { Locks } from '../../writes/writes.js';
import { eventsOf } from '../contact.change.js';
import { Contact } from '../contact.entity.js';
import { contactErrorOf } from '../contact.errors.js';
import { contactCreated, portalLoginEvents } from '../contact.events.js';
import { identifierErrors } from '../contact.identifiers.js';
import { loginAfter } from '../contact.login.js';
import { lookUp, tagsNamedBy } from '../contact.lookups.js';
import { namedCompanies, type ContactPatch } from '../contact.patch.js';
import { judgedPatch, mergedErrors, patchErrors, type PatchLookups } from '../contact.rules.js';
import { snapshotOf } from '../contact.snapshot.js';
import { lockContacts, stateOf, takeOver, takeOverLogin } from '../contact-entity.store.js';
import { demotePrimaries, lockCompanies, primaryContactsOf, shareCompanies } from '../update/apply-alone.js';
import { applyPatch } from '../update/decide-update.js';
import type { WrittenContact } from '../written-contact.js';

/** One creation, ready for its transaction. */
interface CreationJob {
  contactId: number;
  patch: ContactPatch;
  formErrors: FieldErrors;
  request: WriteRequest;
  /** The password's hash, sealed; undefined without a password. */
  credential: string | undefined;
}

/** The id of a new contact: the seal of its password is bound to it. A dry run makes one up. */
export async function drawContactId(em: EntityManager, { dryRun }: WriteRequest): Promise<number> {
  if (dryRun) return -1;
  const [row] = await query<{ id: string }>(em, `select nextval(pg_get_serial_sequence('contact', 'id')) as id`);
  return Number(row!.id);
}

/** What a creation locks: a primary contact takes the flag from another one. */
export function creationLocks(patch: ContactPatch): Locks {
  const companies = namedCompanies(patch) ?? [];
  return patch.isPrimary === true ? { companies } : { sharedCompanies: companies };
}

/**
 * Creates a contact with its memberships, tags and login.
 * @throws {ValidationFailed}
 */
export async function createContact(unit: WriteUnit, job: CreationJob): Promise<WrittenContact> {
  const { em } = unit;
  const { contactId, patch, request, credential } = job;
  const companyIds = namedCompanies(patch) ?? [];
  const isPrimary = patch.isPrimary === true;
  await (isPrimary ? lockCompanies : shareCompanies)(em, companyIds);
  const primaries = isPrimary ? await primaryContactsOf(em, companyIds) : [];
  const formerPrimaries = await lockContacts(em, primaries);
  const lookups = { ...(await assertCreatable(em, job)), tags: await tagsNamedBy(unit, patch) };
  const demoted = await demotePrimaries(unit, formerPrimaries.values(), companyIds);

  const at = await databaseTime(em);
  const contact = newContact(em, contactId, at);
  const blank = stateOf(contact, { companies: [], tags: [] });
  const patched = applyPatch(blank, patch, lookups);
  const login = credential === undefined ? undefined : loginAfter(patched, undefined, credential);
  const after = login ? { ...patched, hasPortalLogin: true, loginVersion: login.change.version } : patched;
  await takeOver(em, contact, { before: blank, after });
  // The claim refers to the contact's row, which must exist first.
  if (login) await unit.flush();
  if (login) await takeOverLogin(unit, contactId, login);
  const snapshot = snapshotOf(after, after);
  const metadata = { at, request };
  await unit.record([
    ...demoted.flatMap((change) => eventsOf(change, request)),
    contactCreated(snapshot, metadata),
    ...(login ? portalLoginEvents(login.change, metadata) : []),
  ]);
  return { contact: snapshot, loginVersion: after.loginVersion };
}

/** @throws {ValidationFailed} with every field error, of form and of the database */
export async function assertCreatable(
  em: EntityManager,
  { patch, formErrors }: Pick<CreationJob, 'patch' | 'formErrors'>,
): Promise<PatchLookups> {
  const contact = { id: 0, hasPortalLogin: false, email: null };
  const judged = judgedPatch(patch, formErrors);
  const lookups = await lookUp(em, contact, judged);
  const unclear = await identifierErrors(em, contact, patch);
  const errors = mergedErrors(patchErrors(contact, judged, lookups), { ...unclear, ...formErrors });
  if (Object.keys(errors).length > 0) throw contactErrorOf(errors);
  return lookups;
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
