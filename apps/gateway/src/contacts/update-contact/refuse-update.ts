import type { EntityManager } from '@mikro-orm/postgresql';
import { permitsWrite } from '../../writes/version-condition.js';
import type { WriteRequest } from '../../writes/write-request.js';
import { VersionMismatch } from '../../writes/write.errors.js';
import { emailHolders, namedCompaniesOf } from '../contact-facts.js';
import { Contact } from '../contact.entity.js';
import { ContactNotFound, ContactRefused } from '../contact.errors.js';
import { refusalsOf } from '../contact.refusals.js';
import type { UpdateContactCommand } from './update-contact.command.js';

type Update = Pick<UpdateContactCommand, 'contactId' | 'patch' | 'formErrors'> & Pick<WriteRequest, 'ifMatch'>;

/**
 * Refuses an update before its transaction: spares a password's hash, and lets one answer name every failing field, of
 * form and of the database. What it lets pass is decided under the lock.
 * @throws {ContactNotFound} @throws {ContactRefused} @throws {VersionMismatch}
 */
export async function refuseUpdate(em: EntityManager, { contactId, patch, formErrors, ifMatch }: Update): Promise<void> {
  const contact = await em.findOne(Contact, contactId);
  if (!contact) throw new ContactNotFound();
  const companies = await namedCompaniesOf(em, [patch]);
  const takenEmails = await emailHolders(em, [{ contact, patch }]);
  const refusals = { ...refusalsOf(contact, patch, { companies, takenEmails }), ...formErrors };
  if (Object.keys(refusals).length > 0) throw new ContactRefused(refusals);
  if (ifMatch && !permitsWrite(ifMatch, contact.version)) throw new VersionMismatch();
}
