import { Command } from '@nestjs/cqrs';
import type { EventPreview } from '../../writes/event-preview.js';
import type { WriteRequest } from '../../writes/write-request.js';

/** The result of a deletion. */
export interface DeletedContact {
  /** Version of its login after the removal; 0 if it never had one. */
  loginVersion: number;
  /** The events of a dry run. */
  events?: EventPreview[];
}

/** Deletes a contact and its portal login. */
export class DeleteContactCommand extends Command<DeletedContact> {
  constructor(
    readonly contactId: number,
    readonly request: WriteRequest,
  ) {
    super();
  }
}
