import { Command } from '@nestjs/cqrs';
import type { WriteRequest } from '../../writes/write-request.js';

/** Delete a company; the contacts that have another one stay. */
export class DeleteCompanyCommand extends Command<Record<string, never>> {
  constructor(
    readonly companyId: number,
    readonly request: WriteRequest,
  ) {
    super();
  }
}
