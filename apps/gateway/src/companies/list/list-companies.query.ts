import { Query } from '@nestjs/cqrs';
import type { ReadListQuery } from '../../lists/list-query.js';
import type { ListAnswer } from '../../wire/page.response.js';
import type { CompanySnapshot } from '../company.response.js';

/** Read a page of all companies. */
export class ListCompaniesQuery extends Query<ListAnswer<CompanySnapshot>> {
  constructor(readonly list: ReadListQuery) {
    super();
  }
}
