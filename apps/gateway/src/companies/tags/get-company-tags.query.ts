import { Query } from '@nestjs/cqrs';
import type { CompanyTags } from './change-company-tags.command.js';

export class GetCompanyTagsQuery extends Query<CompanyTags> {
  constructor(readonly companyId: number) {
    super();
  }
}
