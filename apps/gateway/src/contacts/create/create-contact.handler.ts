import { EntityManager } from '@mikro-orm/postgresql';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PasswordHasher } from '../password.hasher.js';
import { ContactWrites } from '../together/contact-writes.js';
import { WeakPasswords } from '../weak-passwords.js';
import type { WrittenContact } from '../written-contact.js';
import { drawContactId, assertCreatable } from './contact-creation.js';
import { CreateContactCommand } from './create-contact.command.js';

@CommandHandler(CreateContactCommand)
export class CreateContactHandler implements ICommandHandler<CreateContactCommand> {
  constructor(
    private readonly em: EntityManager,
    private readonly contacts: ContactWrites,
    private readonly hasher: PasswordHasher,
    private readonly weakPasswords: WeakPasswords,
  ) {}

  async execute(command: CreateContactCommand): Promise<WrittenContact> {
    const { patch, request } = command;
    const hasPassword = patch.password !== undefined;
    const formErrors = { ...this.weakPasswords.errorsOf(patch, patch.email), ...command.formErrors };
    if (hasPassword || Object.keys(formErrors).length > 0) await assertCreatable(this.em.fork(), { patch, formErrors });
    const contactId = hasPassword ? await drawContactId(this.em.fork(), request) : undefined;
    const credential = contactId === undefined ? undefined : await this.hasher.sealFor(contactId, patch, request);
    return this.contacts.create({ kind: 'creation', contactId, patch, credential, request, deadline: request.deadline });
  }
}
