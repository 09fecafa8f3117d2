import { Command } from '@nestjs/cqrs';
import type { CompanySnapshot } from '#app/contracts';
import type { FieldErrors, WriteRequest } from '../../writes/write-request.js';
import type { CompanyPatch } from '../company.patch.js';

/** Updates a company. Its contacts do not change: they show the company's current name. */
export class UpdateCompanyCommand extends Command<CompanySnapshot> {
  constructor(
    readonly companyId: number,
    readonly patch: CompanyPatch,
    /** Errors of the request's form. */
    readonly formErrors: FieldErrors,
    readonly request: WriteRequest,
  ) {
    super();
  }
}
