import { Command } from '@nestjs/cqrs';
import type { EventPreview } from '../../writes/event-preview.js';
import type { WriteRequest } from '../../writes/write-request.js';

/** What is left of a deleted contact. */
export interface DeletedContact {
  /** Version of its login after the removal; 0 where it never had one. */
  loginVersion: number;
  /** Of a dry run: the events that would follow. */
  events?: EventPreview[];
}

/** Delete a contact and its portal login. */
export class DeleteContactCommand extends Command<DeletedContact> {
  constructor(
    readonly contactId: number,
    readonly request: WriteRequest,
  ) {
    super();
  }
}
