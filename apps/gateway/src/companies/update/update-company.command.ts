import { Command } from '@nestjs/cqrs';
import type { CompanySnapshot } from '#app/contracts';
import type { FieldErrors, WriteRequest } from '../../writes/write-request.js';
import type { CompanyPatch } from '../company.patch.js';

/** Update a company. Its contacts do not change: what they show of it is the name of the moment. */
export class UpdateCompanyCommand extends Command<CompanySnapshot> {
  constructor(
    readonly companyId: number,
    readonly patch: CompanyPatch,
    /** What is already known to be wrong with the request's form. */
    readonly formErrors: FieldErrors,
    readonly request: WriteRequest,
  ) {
    super();
  }
}
