import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';
import { databaseTime } from '../../writes/database-time.js';
import type { FieldErrors, WriteRequest } from '../../writes/write-request.js';
import type { WriteUnit } from '../../writes/write-unit.js';
import type { Locks } from '../../writes/writes.js';
import { eventsOf } from '../contact.change.js';
import { Contact } from '../contact.entity.js';
import { contactErrorOf } from '../contact.errors.js';
import { identifierErrors } from '../contact.identifiers.js';
import { lookUp, tagsNamedBy } from '../contact.lookups.js';
import { namedCompanies, type ContactPatch } from '../contact.patch.js';
import { judgedPatch, mergedErrors, patchErrors, type PatchLookups } from '../contact.rules.js';
import { lockContacts, takeOver, takeOverLogin } from '../contact-entity.store.js';
import type { CreationJob } from '../together/contact-job.js';
import { demotePrimaries, lockCompanies, primaryContactsOf, shareCompanies } from '../update/apply-alone.js';
import type { WrittenContact } from '../written-contact.js';
import { creationEvents, decideCreation } from './decide-creation.js';

/** Whom the rules judge where there is no contact yet. */
export const NOBODY = { id: 0, hasPortalLogin: false, email: null } as const;

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
 * Creates a contact with its memberships, tags and login, in a transaction of its own. The ORM's unit of work writes it.
 * @throws {ValidationFailed}
 */
export async function createAlone(unit: WriteUnit, job: CreationJob & { contactId: number }): Promise<WrittenContact> {
  const { em } = unit;
  const { contactId, patch, request, credential } = job;
  const companyIds = namedCompanies(patch) ?? [];
  const isPrimary = patch.isPrimary === true;
  await (isPrimary ? lockCompanies : shareCompanies)(em, companyIds);
  const primaries = isPrimary ? await primaryContactsOf(em, companyIds) : [];
  const formerPrimaries = await lockContacts(em, primaries);
  const lookups = { ...(await assertCreatable(em, { patch, formErrors: {} })), tags: await tagsNamedBy(unit, patch) };
  const demoted = await demotePrimaries(unit, formerPrimaries.values(), companyIds);

  const at = await databaseTime(em);
  const created = decideCreation({ contactId, at: at.toISOString(), patch, credential }, lookups);
  await takeOver(em, newContact(em, contactId, at), created);
  // The claim refers to the contact's row, which must exist first.
  if (created.login) await unit.flush();
  if (created.login) await takeOverLogin(unit, contactId, created.login);
  await unit.record([...demoted.flatMap((change) => eventsOf(change, request)), ...creationEvents(created, request)]);
  return { contact: created.snapshot, loginVersion: created.after.loginVersion };
}

/** @throws {ValidationFailed} with every field error, of form and of the database */
export async function assertCreatable(
  em: EntityManager,
  { patch, formErrors }: { patch: ContactPatch; formErrors: FieldErrors },
): Promise<PatchLookups> {
  const judged = judgedPatch(patch, formErrors);
  const lookups = await lookUp(em, NOBODY, judged);
  const unclear = await identifierErrors(em, NOBODY, patch);
  const errors = mergedErrors(patchErrors(NOBODY, judged, lookups), { ...unclear, ...formErrors });
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
