import { EntityManager } from '@mikro-orm/postgresql';
import { QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { CompanySnapshot } from '#app/contracts';
import { readCompany } from './company.store.js';
import { GetCompanyQuery } from './get-company.query.js';

@QueryHandler(GetCompanyQuery)
export class GetCompanyHandler implements IQueryHandler<GetCompanyQuery> {
  constructor(private readonly em: EntityManager) {}

  execute({ companyId }: GetCompanyQuery): Promise<CompanySnapshot> {
    return readCompany(this.em.fork(), companyId);
  }
}
