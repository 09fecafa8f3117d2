import { Query } from '@nestjs/cqrs';
import type { ContactSnapshot } from '#app/contracts';
import type { ListAnswer } from '../../wire/page.response.js';
import type { ReadListQuery } from '../../lists/list-query.js';

/** Read a page of all contacts, or of those that have a place in one company. */
export class ListContactsQuery extends Query<ListAnswer<ContactSnapshot>> {
  constructor(
    readonly list: ReadListQuery,
    readonly companyId?: number,
  ) {
    super();
  }
}
