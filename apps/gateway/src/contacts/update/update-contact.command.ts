import { Command } from '@nestjs/cqrs';
import type { FieldErrors, WriteRequest } from '../../writes/write-request.js';
import type { ContactPatch } from '../contact.patch.js';
import type { WrittenContact } from '../written-contact.js';

/** Change a contact. */
export class UpdateContactCommand extends Command<WrittenContact> {
  constructor(
    readonly contactId: number,
    readonly patch: ContactPatch,
    /** What is already known to be wrong with the request's form: it is refused, with what the database adds. */
    readonly formErrors: FieldErrors,
    readonly request: WriteRequest,
  ) {
    super();
  }
}
