import { Command } from '@nestjs/cqrs';
import type { FieldErrors, WriteRequest } from '../../writes/write-request.js';
import type { ContactPatch } from '../contact.patch.js';
import type { WrittenContact } from '../written-contact.js';

/** Create a contact. */
export class CreateContactCommand extends Command<WrittenContact> {
  constructor(
    readonly patch: ContactPatch,
    /** What is already known to be wrong with the request's form. */
    readonly formErrors: FieldErrors,
    readonly request: WriteRequest,
  ) {
    super();
  }
}
