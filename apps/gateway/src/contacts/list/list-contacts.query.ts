import { Query } from '@nestjs/cqrs';
import type { ContactSnapshot } from '#app/contracts';
import type { ListAnswer } from '../../wire/page.response.js';
import type { ReadListQuery } from '../../lists/list-query.js';

/** A page of all contacts, or of one company's. */
export class ListContactsQuery extends Query<ListAnswer<ContactSnapshot>> {
  constructor(
    readonly list: ReadListQuery,
    readonly companyId?: number,
  ) {
    super();
  }
}
