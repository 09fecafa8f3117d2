import { Command } from '@nestjs/cqrs';
import type { FieldErrors, WriteRequest } from '../../writes/write-request.js';
import type { ContactPatch } from '../contact.patch.js';
import type { WrittenContact } from '../written-contact.js';

/** Updates the one contact with the patch's email, or creates it. */
export class UpsertContactCommand extends Command<WrittenContact> {
  constructor(
    readonly patch: ContactPatch,
    /** Errors of the request's form. */
    readonly formErrors: FieldErrors,
    /** Errors that apply if the contact has to be created. */
    readonly creationErrors: FieldErrors,
    readonly request: WriteRequest,
  ) {
    super();
  }
}
