import { EntityManager } from '@mikro-orm/postgresql';
import { QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { CompanySnapshot } from '#app/contracts';
import { Company } from './company.entity.js';
import { CompanyNotFound } from './company.errors.js';
import { companySnapshot } from './company.snapshot.js';
import { GetCompanyQuery } from './get-company.query.js';
import { readTagsOf } from './tags/company-tags.js';

@QueryHandler(GetCompanyQuery)
export class GetCompanyHandler implements IQueryHandler<GetCompanyQuery> {
  constructor(private readonly em: EntityManager) {}

  async execute({ companyId }: GetCompanyQuery): Promise<CompanySnapshot> {
    const em = this.em.fork();
    const company = await em.findOne(Company, { id: companyId, closedAt: null });
    if (!company) throw new CompanyNotFound();
    return companySnapshot(company, await readTagsOf(em, companyId));
  }
}
