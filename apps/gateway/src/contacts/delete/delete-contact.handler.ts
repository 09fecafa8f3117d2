import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ContactWrites } from '../together/contact-writes.js';
import { DeleteContactCommand, type DeletedContact } from './delete-contact.command.js';

@CommandHandler(DeleteContactCommand)
export class DeleteContactHandler implements ICommandHandler<DeleteContactCommand> {
  constructor(private readonly contacts: ContactWrites) {}

  execute({ contactId, request }: DeleteContactCommand): Promise<DeletedContact> {
    return this.contacts.remove({ kind: 'deletion', contactId, request, deadline: request.deadline });
  }
}
