import { Command } from '@nestjs/cqrs';
import type { EventPreview } from '../../writes/event-preview.js';
import type { WriteRequest } from '../../writes/write-request.js';

/** The result of a deletion: a dry run has its events. */
export interface DeletedCompany {
  events?: EventPreview[];
}

/** Deletes a company; contacts that have another one stay. */
export class DeleteCompanyCommand extends Command<DeletedCompany> {
  constructor(
    readonly companyId: number,
    readonly request: WriteRequest,
  ) {
    super();
  }
}
