import { Query } from '@nestjs/cqrs';
import type { CompanyTags } from './change-company-tags.command.js';

/** Read the tags of a company. */
export class GetCompanyTagsQuery extends Query<CompanyTags> {
  constructor(readonly companyId: number) {
    super();
  }
}
