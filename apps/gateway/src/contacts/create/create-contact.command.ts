import { Command } from '@nestjs/cqrs';
import type { FieldErrors, WriteRequest } from '../../writes/write-request.js';
import type { ContactPatch } from '../contact.patch.js';
import type { WrittenContact } from '../written-contact.js';

export class CreateContactCommand extends Command<WrittenContact> {
  constructor(
    readonly patch: ContactPatch,
    /** Errors of the request's form. */
    readonly formErrors: FieldErrors,
    readonly request: WriteRequest,
  ) {
    super();
  }
}
