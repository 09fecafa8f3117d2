import type { CommandBus, QueryBus } from '@nestjs/cqrs';
import { SCOPES } from '../../callers/api-token.scopes.js';
import { readListQuery, type ReadListQuery } from '../../lists/list-query.js';
import { Deadline } from '../../wire/deadline.js';
import { idOf } from '../../wire/ids.js';
import { TokenNotFound } from '../api-token.errors.js';
import type { TokenSnapshot } from '../api-token.response.js';
import { CreateTokenCommand } from '../create/create-token.command.js';
import { readNewToken } from '../create/create-token.dto.js';
import { ListTokensQuery } from '../list/list-tokens.query.js';
import { TOKEN_LIST_FIELDS } from '../list/token-list.fields.js';
import { RevokeTokenCommand } from '../revoke/revoke-token.command.js';
import type { TokenMaker } from '../token-maker.js';
import { describeCreated, describeRevoked, describeTokens } from './token-report.js';

const PER_PAGE = 100;
/** For tokens that another transaction has locked. */
const LONGEST_WAIT_MS = 10_000;
const tokenId = idOf(TokenNotFound);

const OPERATOR: TokenMaker = { tokenId: null, scopes: new Set(SCOPES) };

interface Form {
  json: boolean;
}

/** The operator's actions on tokens; an operator may give every scope. Each method returns the text to print. */
export class TokenAdmin {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  /** @param body like that of `POST /tokens` */
  async create(body: Record<string, unknown>, form: Form): Promise<string> {
    const { token, errors } = readNewToken(body, { strict: true, errors: {} });
    const terms = { requestId: null, deadline: new Deadline(LONGEST_WAIT_MS) };
    const created = await this.commands.execute(new CreateTokenCommand(token, errors, OPERATOR, terms));
    return shown(created, describeCreated, form);
  }

  async revoke(id: string, form: Form & { descendants?: boolean }): Promise<string> {
    const deadline = new Deadline(LONGEST_WAIT_MS);
    const terms = { withDescendants: form.descendants ?? false, errors: {}, requestId: null, deadline };
    const command = new RevokeTokenCommand(tokenId.transform(id, { type: 'custom' }), OPERATOR, terms);
    const { token, descendants } = await this.commands.execute(command);
    return shown(token, (revoked) => describeRevoked(revoked, descendants, terms.withDescendants), form);
  }

  async list(form: Form): Promise<string> {
    const all: TokenSnapshot[] = [];
    for (let page = 1; ; page++) {
      const { data } = await this.queries.execute(new ListTokensQuery(pageOf(page)));
      all.push(...data);
      if (data.length < PER_PAGE) return shown(all, (tokens) => describeTokens(tokens, new Date()), form);
    }
  }
}

const pageOf = (page: number): ReadListQuery => ({
  familyId: 'operator',
  ...readListQuery(
    [
      { name: 'page', value: String(page) },
      { name: 'per_page', value: String(PER_PAGE) },
    ],
    TOKEN_LIST_FIELDS,
  ),
});

const shown = <T>(data: T, describe: (data: T) => string, { json }: Form): string =>
  json ? JSON.stringify({ data }, null, 2) : describe(data);
