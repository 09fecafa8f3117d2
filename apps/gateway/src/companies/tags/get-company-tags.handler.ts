import { EntityManager } from '@mikro-orm/postgresql';
import { QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { Company } from '../company.entity.js';
import { CompanyNotFound } from '../company.errors.js';
import type { CompanyTags } from './change-company-tags.command.js';
import { readTagsOf } from './company-tags.js';
import { GetCompanyTagsQuery } from './get-company-tags.query.js';

@QueryHandler(GetCompanyTagsQuery)
export class GetCompanyTagsHandler implements IQueryHandler<GetCompanyTagsQuery> {
  constructor(private readonly em: EntityManager) {}

  async execute({ companyId }: GetCompanyTagsQuery): Promise<CompanyTags> {
    const em = this.em.fork();
    const company = await em.findOne(Company, { id: companyId, closedAt: null });
    if (!company) throw new CompanyNotFound();
    return { tags: await readTagsOf(em, companyId), version: company.version };
  }
}
