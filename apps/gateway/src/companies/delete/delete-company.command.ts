import { Command } from '@nestjs/cqrs';
import type { EventPreview } from '../../writes/event-preview.js';
import type { WriteRequest } from '../../writes/write-request.js';

/** What is left of a deleted company: of a dry run the events that would follow. */
export interface DeletedCompany {
  events?: EventPreview[];
}

/** Delete a company; the contacts that have another one stay. */
export class DeleteCompanyCommand extends Command<DeletedCompany> {
  constructor(
    readonly companyId: number,
    readonly request: WriteRequest,
  ) {
    super();
  }
}
