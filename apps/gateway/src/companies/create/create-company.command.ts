import { Command } from '@nestjs/cqrs';
import type { CompanySnapshot } from '#app/contracts';
import type { FieldErrors, WriteRequest } from '../../writes/write-request.js';
import type { NewCompany } from '../company.patch.js';

export class CreateCompanyCommand extends Command<CompanySnapshot> {
  constructor(
    readonly fields: NewCompany,
    /** Errors of the request's form. */
    readonly formErrors: FieldErrors,
    readonly request: WriteRequest,
  ) {
    super();
  }
}
