import { EntityManager } from '@mikro-orm/postgresql';
import { QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { readCompany } from '../company.store.js';
import type { CompanyTags } from './change-company-tags.command.js';
import { GetCompanyTagsQuery } from './get-company-tags.query.js';

@QueryHandler(GetCompanyTagsQuery)
export class GetCompanyTagsHandler implements IQueryHandler<GetCompanyTagsQuery> {
  constructor(private readonly em: EntityManager) {}

  async execute({ companyId }: GetCompanyTagsQuery): Promise<CompanyTags> {
    const { tags, version } = await readCompany(this.em.fork(), companyId);
    return { tags, version };
  }
}
