import { EntityManager } from '@mikro-orm/postgresql';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ListAnswer } from '../../lists/list-answer.js';
import type { ReadListQuery } from '../../lists/list-query.js';
import { onSnapshot, readList } from '../../lists/list-reader.js';
import { readCompanyTags } from '../tags/company-tags.js';
import { Company } from '../company.entity.js';
import { companySnapshot, type CompanySnapshot } from '../company.snapshot.js';
import { companySource } from './company-list.fields.js';

/** Read a page of all companies. */
export class ListCompaniesQuery extends Query<ListAnswer<CompanySnapshot>> {
  constructor(readonly list: ReadListQuery) {
    super();
  }
}

@QueryHandler(ListCompaniesQuery)
export class ListCompaniesHandler implements IQueryHandler<ListCompaniesQuery> {
  constructor(private readonly em: EntityManager) {}

  execute({ list }: ListCompaniesQuery): Promise<ListAnswer<CompanySnapshot>> {
    return onSnapshot(this.em, (em) => readList(em, companySource, list, (ids) => loadCompanies(em, ids)));
  }
}

async function loadCompanies(em: EntityManager, ids: number[]): Promise<CompanySnapshot[]> {
  const companies = new Map((await em.find(Company, { id: { $in: ids } })).map((company) => [company.id, company]));
  const tags = await readCompanyTags(em, ids);
  return ids.map((id) => companySnapshot(companies.get(id)!, tags.get(id)!));
}
