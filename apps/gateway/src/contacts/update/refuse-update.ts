import type { EntityManager } from '@mikro-orm/postgresql';
import { permitsWrite } from '../../writes/version-condition.js';
import type { WriteRequest } from '../../writes/write-request.js';
import { VersionMismatch } from '../../writes/write.errors.js';
import { emailHolders, namedCompaniesOf } from '../contact-facts.js';
import { Contact } from '../contact.entity.js';
import { contactErrorOf, ContactNotFound } from '../contact.errors.js';
import { refusalsOf } from '../contact.refusals.js';
import type { WeakPasswords } from '../weak-passwords.js';
import type { UpdateContactCommand } from './update-contact.command.js';

interface Update extends Pick<UpdateContactCommand, 'contactId' | 'patch' | 'formErrors'>, Pick<WriteRequest, 'ifMatch'> {
  weakPasswords: WeakPasswords;
}

/**
 * Refuses an update before its transaction: spares a password's hash, and lets one answer name every failing field, of
 * form and of the database. What it lets pass is decided under the lock.
 * @throws {ContactNotFound} @throws {ValidationFailed} @throws {VersionMismatch}
 */
export async function refuseUpdate(em: EntityManager, update: Update): Promise<void> {
  const { contactId, patch, formErrors, ifMatch, weakPasswords } = update;
  const contact = await em.findOne(Contact, contactId);
  if (!contact) throw new ContactNotFound();
  const companies = await namedCompaniesOf(em, [patch]);
  const takenEmails = await emailHolders(em, [{ contact, patch }]);
  const weak = weakPasswords.refusalsOf(patch, patch.email === undefined ? contact.email : patch.email);
  const refusals = { ...weak, ...refusalsOf(contact, patch, { companies, takenEmails }), ...formErrors };
  if (Object.keys(refusals).length > 0) throw contactErrorOf(refusals);
  if (ifMatch && !permitsWrite(ifMatch, contact.version)) throw new VersionMismatch();
}
