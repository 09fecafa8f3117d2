import { Query } from '@nestjs/cqrs';
import type { ReadListQuery } from '../../lists/list-query.js';
import type { ListAnswer } from '../../wire/page.response.js';
import type { TokenSnapshot } from '../api-token.response.js';

/** A page of the tokens, revoked and expired ones too. */
export class ListTokensQuery extends Query<ListAnswer<TokenSnapshot>> {
  constructor(readonly list: ReadListQuery) {
    super();
  }
}
