import { Command } from '@nestjs/cqrs';
import type { WriteRequest } from '../../writes/write-request.js';
import type { WrittenContact } from '../written-contact.js';

/** Removes a contact's portal login; the contact stays. */
export class RemovePortalLoginCommand extends Command<WrittenContact> {
  constructor(
    readonly contactId: number,
    readonly request: WriteRequest,
  ) {
    super();
  }
}
