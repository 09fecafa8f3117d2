import { Command } from '@nestjs/cqrs';
import type { RequestMeta } from '../../http/request-meta.js';
import type { Refusals } from '../contact.errors.js';
import type { ContactPatch } from '../contact.patch.js';
import type { WrittenContact } from '../update-contact/update-contact.command.js';

/** Create a contact. */
export class CreateContactCommand extends Command<WrittenContact> {
  constructor(
    readonly patch: ContactPatch,
    /** What is already known to be wrong with the request's form. */
    readonly formErrors: Refusals,
    readonly request: RequestMeta,
  ) {
    super();
  }
}
