import { Query } from '@nestjs/cqrs';
import type { CompanySnapshot } from './company.response.js';

/** Read a company. */
export class GetCompanyQuery extends Query<CompanySnapshot> {
  constructor(readonly companyId: number) {
    super();
  }
}
