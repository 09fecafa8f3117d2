import type { EntityManager } from '@mikro-orm/postgresql';
import { QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { CompanySnapshot } from '#app/contracts';
import { ListReader } from '../../lists/list-reader.js';
import type { ListAnswer } from '../../wire/page.response.js';
import { Company } from '../company.entity.js';
import { companySnapshot } from '../company.snapshot.js';
import { readCompanyTags } from '../tags/company-tags.js';
import { companySource } from './company-list.fields.js';
import { ListCompaniesQuery } from './list-companies.query.js';

@QueryHandler(ListCompaniesQuery)
export class ListCompaniesHandler implements IQueryHandler<ListCompaniesQuery> {
  constructor(private readonly lists: ListReader) {}

  execute({ list }: ListCompaniesQuery): Promise<ListAnswer<CompanySnapshot>> {
    return this.lists.read(companySource, list, loadCompanies);
  }
}

async function loadCompanies(em: EntityManager, ids: number[]): Promise<CompanySnapshot[]> {
  const companies = new Map((await em.find(Company, { id: { $in: ids } })).map((company) => [company.id, company]));
  const tags = await readCompanyTags(em, ids);
  return ids.map((id) => companySnapshot(companies.get(id)!, tags.get(id)!));
}
