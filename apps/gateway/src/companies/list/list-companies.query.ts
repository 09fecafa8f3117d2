import { Query } from '@nestjs/cqrs';
import type { CompanySnapshot } from '#app/contracts';
import type { ReadListQuery } from '../../lists/list-query.js';
import type { ListAnswer } from '../../wire/page.response.js';

export class ListCompaniesQuery extends Query<ListAnswer<CompanySnapshot>> {
  constructor(readonly list: ReadListQuery) {
    super();
  }
}
