import { Query } from '@nestjs/cqrs';
import type { ReadListQuery } from '../lists/list-query.js';
import type { ListAnswer } from '../wire/page.response.js';
import type { AuditEntryAnswer } from './audit.response.js';

export class ListAuditQuery extends Query<ListAnswer<AuditEntryAnswer>> {
  constructor(readonly list: ReadListQuery) {
    super();
  }
}
