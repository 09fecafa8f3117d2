import { Command } from '@nestjs/cqrs';
import type { Refusals, WriteRequest } from '../writes/write-request.js';
import type { CompanyFields } from './company.patch.js';
import type { CompanySnapshot } from './company.snapshot.js';

/** Create a company. */
export class CreateCompanyCommand extends Command<CompanySnapshot> {
  constructor(
    readonly fields: CompanyFields,
    /** What is already known to be wrong with the request's form. */
    readonly formErrors: Refusals,
    readonly request: WriteRequest,
  ) {
    super();
  }
}
