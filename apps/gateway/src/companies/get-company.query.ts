import { Query } from '@nestjs/cqrs';
import type { CompanySnapshot } from '#app/contracts';

export class GetCompanyQuery extends Query<CompanySnapshot> {
  constructor(readonly companyId: number) {
    super();
  }
}
