import { EntityManager } from '@mikro-orm/postgresql';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { WriteUnit } from '../../writes/write-unit.js';
import { Writes } from '../../writes/writes.js';
import { translateEmailConflict } from '../contact.errors.js';
import { PasswordHasher } from '../password.hasher.js';
import { WeakPasswords } from '../weak-passwords.js';
import { shownContact, type WrittenContact } from '../written-contact.js';
import { createContact, creationLocks, drawContactId, assertCreatable } from './contact-creation.js';
import { CreateContactCommand } from './create-contact.command.js';

@CommandHandler(CreateContactCommand)
export class CreateContactHandler implements ICommandHandler<CreateContactCommand> {
  constructor(
    private readonly em: EntityManager,
    private readonly writes: Writes,
    private readonly hasher: PasswordHasher,
    private readonly weakPasswords: WeakPasswords,
  ) {}

  async execute(command: CreateContactCommand): Promise<WrittenContact> {
    const { patch, request } = command;
    const formErrors = { ...this.weakPasswords.errorsOf(patch, patch.email), ...command.formErrors };
    if (patch.password !== undefined || Object.keys(formErrors).length > 0)
      await assertCreatable(this.em.fork(), { patch, formErrors });
    const contactId = await drawContactId(this.em.fork(), request);
    const credential = await this.hasher.sealFor(contactId, patch, request);
    const job = { contactId, patch, formErrors, request, credential };
    const create = (unit: WriteUnit) => createContact(unit, job);
    const options = { contactOf: shownContact, locks: creationLocks(patch) };
    return this.writes.run(request, create, options).catch(translateEmailConflict);
  }
}
