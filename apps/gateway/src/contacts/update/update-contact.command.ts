import { Command } from '@nestjs/cqrs';
import type { FieldErrors, WriteRequest } from '../../writes/write-request.js';
import type { ContactPatch } from '../contact.patch.js';
import type { WrittenContact } from '../written-contact.js';
import type { Rehearsal } from './rehearsal.js';

export class UpdateContactCommand extends Command<WrittenContact> {
  constructor(
    /** NaN if the request names none; its form has an error then. */
    readonly contactId: number,
    readonly patch: ContactPatch,
    /** Errors of the request's form; they are answered together with those of the database. */
    readonly formErrors: FieldErrors,
    readonly request: WriteRequest,
    /** Of a batch's dry run: what its earlier items would have changed. */
    readonly rehearsal?: Rehearsal,
  ) {
    super();
  }
}
