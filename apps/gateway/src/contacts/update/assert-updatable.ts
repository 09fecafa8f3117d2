import type { EntityManager } from '@mikro-orm/postgresql';
import { permitsWrite } from '../../writes/version-condition.js';
import type { WriteRequest } from '../../writes/write-request.js';
import { VersionMismatch } from '../../writes/write.errors.js';
import { commonErrors } from '../common-errors.js';
import { Contact } from '../contact.entity.js';
import { contactErrorOf, ContactNotFound, EmailMoved, LoginEmailTaken } from '../contact.errors.js';
import { lookUp } from '../contact.lookups.js';
import { identifierErrors } from '../contact.identifiers.js';
import { judgedPatch, mergedErrors, patchErrors } from '../contact.rules.js';
import type { WeakPasswords } from '../weak-passwords.js';
import type { UpdateContactCommand } from './update-contact.command.js';

interface Update
  extends Pick<UpdateContactCommand, 'contactId' | 'patch' | 'formErrors' | 'rehearsal'>, Pick<WriteRequest, 'condition'> {
  weakPasswords: WeakPasswords;
  /** The update applies only while the contact has the email of this key. */
  expectedEmailKey?: string;
}

/**
 * Checks an update before its transaction: that saves a password's hash, and one answer names every failing field, of
 * form and of the database. What passes is decided again under the lock.
 * @throws {ContactNotFound} @throws {EmailMoved} @throws {ValidationFailed} @throws {VersionMismatch}
 */
export async function assertUpdatable(em: EntityManager, update: Update): Promise<void> {
  const { contactId, patch, formErrors, condition, weakPasswords, rehearsal, expectedEmailKey } = update;
  if (Number.isNaN(contactId)) {
    const weak = weakPasswords.errorsOf(patch, patch.email);
    throw contactErrorOf({ ...weak, ...(await commonErrors(em, patch)), ...formErrors });
  }
  const stored = await em.findOne(Contact, contactId);
  if (expectedEmailKey !== undefined && stored?.emailKey !== expectedEmailKey) throw new EmailMoved();
  if (!stored) throw new ContactNotFound();
  const contact = rehearsal?.contact(contactId) ?? stored;
  const { id, version, hasPortalLogin, email = null } = contact;
  const weak = weakPasswords.errorsOf(patch, patch.email === undefined ? email : patch.email);
  const judged = judgedPatch(patch, formErrors);
  const lookups = await lookUp(em, { id, hasPortalLogin, email }, judged, rehearsal);
  const unclear = await identifierErrors(em, { email }, patch);
  const errors = mergedErrors(patchErrors({ id, hasPortalLogin, email }, judged, lookups), {
    ...unclear,
    ...weak,
    ...formErrors,
  });
  if (LoginEmailTaken.isAmong(errors) && (await isChanged(em, stored))) return assertUpdatable(em.fork(), update);
  if (Object.keys(errors).length > 0) throw contactErrorOf(errors);
  if (condition && !permitsWrite(condition, version)) throw new VersionMismatch();
}

/** Another contact's login is read after the contact: between both, the email can have passed from this one to that. */
async function isChanged(em: EntityManager, { id, version }: Contact): Promise<boolean> {
  const now = await em.fork().findOne(Contact, id, { fields: ['version'] });
  return now?.version !== version;
}
