import { Body, Controller, Delete, Get, Param, Post, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { TokenNotFound } from './api-token.errors.js';
import { idOf } from '../wire/ids.js';
import { BASE_PATH } from '../wire/base-path.js';
import { RequireScope } from '../callers/scope.decorator.js';
import { WriteTerms } from '../writes/write-terms.decorator.js';
import type { WriteRequest } from '../writes/write-request.js';
import type { ListAnswer } from '../wire/page.response.js';
import { Answers } from '../wire/answers.decorator.js';
import { Takes } from '../wire/bodies.decorator.js';
import {
  CreatedTokenAnswerSchema,
  RevokedTokenAnswerSchema,
  type RevokedTokenAnswer,
  TokenListSchema,
  type CreatedToken,
  type TokenSnapshot,
} from './api-token.response.js';
import { CreateTokenCommand } from './create/create-token.command.js';
import { CreateTokenDto, readNewToken, TOKEN_EXAMPLES } from './create/create-token.dto.js';
import { Reads } from '../wire/documented.js';
import { readDescendants } from './revoke/revoke-token.dto.js';
import { TOKEN_LIST_FIELDS } from './list/token-list.fields.js';
import { ListQuery } from '../lists/list-query.decorator.js';
import type { ReadListQuery } from '../lists/list-query.js';
import { ListTokensQuery } from './list/list-tokens.query.js';
import { RevokeTokenCommand } from './revoke/revoke-token.command.js';

@ApiTags('tokens')
@Controller(`${BASE_PATH.slice(1)}/tokens`)
export class TokensController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @RequireScope('tokens:write', { withoutKeys: true })
  @ApiOperation({
    operationId: 'createToken',
    summary: 'Make a token',
    description: 'The token itself is in this answer alone. It has no scope that its maker lacks, and ends no later.',
  })
  @Takes(CreateTokenDto, TOKEN_EXAMPLES)
  @Answers(201, CreatedTokenAnswerSchema, 'The token.')
  async create(
    @Body() body: Record<string, unknown> | undefined,
    @WriteTerms() terms: WriteRequest,
    @Req() request: FastifyRequest,
  ): Promise<{ data: CreatedToken }> {
    const caller = request.caller!;
    const { token, errors } = readNewToken(body ?? {}, terms, caller.expiresAt?.getTime());
    const command = new CreateTokenCommand(token, errors, caller, { requestId: request.id, deadline: terms.deadline });
    return { data: await terms.deadline.bound(this.commands.execute(command)) };
  }

  @Get()
  @RequireScope('tokens:read')
  @ApiOperation({
    operationId: 'listTokens',
    summary: 'List the tokens',
    description: 'Revoked and expired ones too. `last_used_at` is right to a minute.',
  })
  @Answers(200, TokenListSchema, 'A page of tokens.')
  list(@ListQuery(TOKEN_LIST_FIELDS) list: ReadListQuery): Promise<ListAnswer<TokenSnapshot>> {
    return this.queries.execute(new ListTokensQuery(list));
  }

  @Delete(':id')
  @RequireScope('tokens:write', { withoutKeys: true })
  @ApiOperation({
    operationId: 'revokeToken',
    summary: 'Revoke a token',
    description:
      'In force everywhere within 5 s. A revoked one stays as it is. What it made stays too, unless `descendants` is set.',
  })
  @Reads('Descendants')
  @Answers(200, RevokedTokenAnswerSchema, 'The token as it is now.')
  async revoke(
    @Param('id', idOf(TokenNotFound)) id: number,
    @WriteTerms() request: WriteRequest,
    @Req() { caller, query, id: requestId }: FastifyRequest,
  ): Promise<RevokedTokenAnswer> {
    const { withDescendants, errors } = readDescendants(query as Record<string, unknown>);
    const { deadline } = request;
    const terms = { withDescendants, errors: { ...errors, ...request.errors }, requestId, deadline };
    const { token, descendants } = await deadline.bound(this.commands.execute(new RevokeTokenCommand(id, caller!, terms)));
    return { data: token, descendants };
  }
}
