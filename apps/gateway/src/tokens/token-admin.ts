import type { EntityManager } from '@mikro-orm/postgresql';
import { SCOPES } from '../callers/api-token.scopes.js';
import type { TokenSnapshot } from './api-token.snapshot.js';
import { ApiTokens } from '../callers/api-tokens.js';
import { CreateTokenCommand, type CreatedToken } from './create/create-token.command.js';
import { readNewToken } from './create/create-token.dto.js';
import { CreateTokenHandler } from './create/create-token.handler.js';
import { ListTokensHandler, ListTokensQuery } from './list/list-tokens.query.js';
import { RevokeTokenCommand, RevokeTokenHandler } from './revoke-token.command.js';
import { TokenIdPipe } from './token-id.pipe.js';
import type { TokenOrder } from './token-command.js';
import { describeCreated, describeRevoked, describeTokens } from './token-report.js';

const PER_PAGE = 100;

/** Where the operator of a gateway, who holds its secret, makes, lists and revokes tokens. Whoever does may give every scope. */
export class TokenAdmin {
  private readonly tokens: ApiTokens;

  constructor(
    private readonly em: EntityManager,
    secret: Buffer,
  ) {
    this.tokens = new ApiTokens(em, secret);
  }

  /** @returns what to print */
  async carryOut(order: Exclude<TokenOrder, { action: 'help' }>): Promise<string> {
    if (order.action === 'list') return this.list(order.json);
    if (order.action === 'revoke') return show(await this.revoke(order.id), describeRevoked, order.json);
    return show(await this.create(order.body), describeCreated, order.json);
  }

  private create(body: Record<string, unknown>): Promise<CreatedToken> {
    const { token, errors } = readNewToken(body, { strict: true, refusals: {} });
    return new CreateTokenHandler(this.em, this.tokens).execute(new CreateTokenCommand(token, errors, new Set(SCOPES)));
  }

  private revoke(id: string): Promise<TokenSnapshot> {
    return new RevokeTokenHandler(this.em, this.tokens).execute(new RevokeTokenCommand(new TokenIdPipe().transform(id)));
  }

  private async list(json: boolean): Promise<string> {
    const handler = new ListTokensHandler(this.em);
    const all: TokenSnapshot[] = [];
    for (let page = 1; ; page++) {
      const { tokens } = await handler.execute(new ListTokensQuery(page, PER_PAGE));
      all.push(...tokens);
      if (tokens.length < PER_PAGE) return show(all, (list) => describeTokens(list, new Date()), json);
    }
  }
}

const show = <T>(data: T, describe: (data: T) => string, json: boolean): string =>
  json ? JSON.stringify({ data }, null, 2) : describe(data);
