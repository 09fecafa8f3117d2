import { EntityManager } from '@mikro-orm/postgresql';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { namesUnclearText } from '../contact.identifiers.js';
import { PasswordHasher } from '../password.hasher.js';
import { ContactWrites } from '../together/contact-writes.js';
import { WeakPasswords } from '../weak-passwords.js';
import type { WrittenContact } from '../written-contact.js';
import { assertUpdatable } from './assert-updatable.js';
import { UpdateContactCommand } from './update-contact.command.js';

@CommandHandler(UpdateContactCommand)
export class UpdateContactHandler implements ICommandHandler<UpdateContactCommand> {
  constructor(
    private readonly em: EntityManager,
    private readonly contacts: ContactWrites,
    private readonly hasher: PasswordHasher,
    private readonly weakPasswords: WeakPasswords,
  ) {}

  async execute({ contactId, patch, formErrors, request, rehearsal }: UpdateContactCommand): Promise<WrittenContact> {
    const { weakPasswords } = this;
    if (patch.password !== undefined || Object.keys(formErrors).length > 0 || namesUnclearText(patch))
      await assertUpdatable(this.em.fork(), {
        contactId,
        patch,
        formErrors,
        condition: request.condition,
        weakPasswords,
        rehearsal,
      });
    const credential = await this.hasher.sealFor(contactId, patch, request);
    return this.contacts.update({
      kind: 'update',
      contactId,
      patch,
      request,
      credential,
      deadline: request.deadline,
      rehearsal,
    });
  }
}
