import { Command } from '@nestjs/cqrs';
import type { FieldErrors, WriteRequest } from '../../writes/write-request.js';
import type { ContactPatch } from '../contact.patch.js';
import type { WrittenContact } from '../written-contact.js';

/** A contact as an upsert left it. */
export interface UpsertedContact extends WrittenContact {
  created: boolean;
}

/** Change the one contact with the patch's email, or create it. */
export class UpsertContactCommand extends Command<UpsertedContact> {
  constructor(
    readonly patch: ContactPatch,
    /** What is already known to be wrong with the request's form. */
    readonly formErrors: FieldErrors,
    /** What the patch lacks where the contact has to be created. */
    readonly creationErrors: FieldErrors,
    readonly request: WriteRequest,
  ) {
    super();
  }
}
