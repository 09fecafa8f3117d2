import type { EntityManager } from '@mikro-orm/postgresql';
import { QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ApiToken } from '../../callers/api-token.entity.js';
import { ListReader } from '../../lists/list-reader.js';
import type { ListAnswer } from '../../wire/page.response.js';
import type { TokenSnapshot } from '../api-token.response.js';
import { tokenSnapshot } from '../api-token.snapshot.js';
import { ListTokensQuery } from './list-tokens.query.js';
import { tokenSource } from './token-list.fields.js';

@QueryHandler(ListTokensQuery)
export class ListTokensHandler implements IQueryHandler<ListTokensQuery> {
  constructor(private readonly lists: ListReader) {}

  execute({ list }: ListTokensQuery): Promise<ListAnswer<TokenSnapshot>> {
    return this.lists.read(tokenSource, list, loadTokens);
  }
}

async function loadTokens(em: EntityManager, ids: number[]): Promise<TokenSnapshot[]> {
  const tokens = new Map((await em.find(ApiToken, { id: { $in: ids } })).map((token) => [token.id, token]));
  return ids.map((id) => tokenSnapshot(tokens.get(id)!));
}
