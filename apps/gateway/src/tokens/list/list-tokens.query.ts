import { EntityManager } from '@mikro-orm/postgresql';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ApiToken } from '../../callers/api-token.entity.js';
import { tokenSnapshot, type TokenSnapshot } from '../api-token.snapshot.js';

/** Tokens by id, and how many there are in all. */
export interface TokenPage {
  tokens: TokenSnapshot[];
  total: number;
}

/** Read a page of the tokens, revoked and expired ones too. */
export class ListTokensQuery extends Query<TokenPage> {
  constructor(
    /** From 1. */
    readonly page: number,
    readonly perPage: number,
  ) {
    super();
  }
}

@QueryHandler(ListTokensQuery)
export class ListTokensHandler implements IQueryHandler<ListTokensQuery> {
  constructor(private readonly em: EntityManager) {}

  async execute({ page, perPage }: ListTokensQuery): Promise<TokenPage> {
    const slice = { orderBy: { id: 'asc' }, limit: perPage, offset: (page - 1) * perPage } as const;
    const [tokens, total] = await this.em.fork().findAndCount(ApiToken, {}, slice);
    return { tokens: tokens.map(tokenSnapshot), total };
  }
}
