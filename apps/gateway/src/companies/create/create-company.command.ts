import { Command } from '@nestjs/cqrs';
import type { FieldErrors, WriteRequest } from '../../writes/write-request.js';
import type { NewCompany } from '../company.patch.js';
import type { CompanySnapshot } from '../company.response.js';

/** Create a company. */
export class CreateCompanyCommand extends Command<CompanySnapshot> {
  constructor(
    readonly fields: NewCompany,
    /** What is already known to be wrong with the request's form. */
    readonly formErrors: FieldErrors,
    readonly request: WriteRequest,
  ) {
    super();
  }
}
