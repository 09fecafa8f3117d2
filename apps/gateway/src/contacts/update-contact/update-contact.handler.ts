import { EntityManager } from '@mikro-orm/postgresql';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ContactUpdates, type UpdateJob } from './contact-updates.js';
import { Contact } from '../contact.entity.js';
import { ContactNotFound, ContactRefused } from '../contact.errors.js';
import { emailHolders, namedCompaniesOf } from '../contact-changes.js';
import { refusalsOf } from '../contact.refusals.js';
import { PasswordHasher } from '../password.hasher.js';
import { UpdateContactCommand, type WrittenContact } from './update-contact.command.js';

@CommandHandler(UpdateContactCommand)
export class UpdateContactHandler implements ICommandHandler<UpdateContactCommand> {
  constructor(
    private readonly em: EntityManager,
    private readonly updates: ContactUpdates,
    private readonly hasher: PasswordHasher,
  ) {}

  async execute(command: UpdateContactCommand): Promise<WrittenContact> {
    const { contactId, patch, request, formErrors } = command;
    if (patch.password !== undefined || Object.keys(formErrors).length > 0) await this.refuseEarly(command);
    const job: UpdateJob = { contactId, patch, request, credential: undefined };
    if (patch.password !== undefined) job.credential = await this.hasher.seal(contactId, patch.password);
    return this.updates.submit(job);
  }

  /** Spares the hash, and lets one answer name every failing field, of form and of the database. Decides nothing: the transaction does. */
  private async refuseEarly({ contactId, patch, formErrors }: UpdateContactCommand): Promise<void> {
    const em = this.em.fork();
    const contact = await em.findOne(Contact, contactId);
    if (!contact) throw new ContactNotFound();
    const companies = await namedCompaniesOf(em, [patch]);
    const takenEmails = await emailHolders(em, [{ contact, patch }]);
    const refusals = { ...refusalsOf(contact, patch, { companies, takenEmails }), ...formErrors };
    if (Object.keys(refusals).length > 0) throw new ContactRefused(refusals);
  }
}
