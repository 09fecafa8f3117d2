import { EntityManager } from '@mikro-orm/postgresql';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PasswordHasher } from '../password.hasher.js';
import { WeakPasswords } from '../weak-passwords.js';
import type { WrittenContact } from '../written-contact.js';
import { ContactUpdates } from './contact-updates.js';
import { refuseUpdate } from './refuse-update.js';
import { UpdateContactCommand } from './update-contact.command.js';

@CommandHandler(UpdateContactCommand)
export class UpdateContactHandler implements ICommandHandler<UpdateContactCommand> {
  constructor(
    private readonly em: EntityManager,
    private readonly updates: ContactUpdates,
    private readonly hasher: PasswordHasher,
    private readonly weakPasswords: WeakPasswords,
  ) {}

  async execute({ contactId, patch, formErrors, request }: UpdateContactCommand): Promise<WrittenContact> {
    const { weakPasswords } = this;
    if (patch.password !== undefined || Object.keys(formErrors).length > 0)
      await refuseUpdate(this.em.fork(), { contactId, patch, formErrors, ifMatch: request.ifMatch, weakPasswords });
    const credential = await this.hasher.sealFor(contactId, patch, request);
    return this.updates.submit({ contactId, patch, request, credential });
  }
}
