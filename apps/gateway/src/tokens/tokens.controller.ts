import { Body, Controller, Delete, Get, Param, Post, Query, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { BASE_PATH } from '../http/bearer.hook.js';
import { RequireScope } from '../http/scope.decorator.js';
import { WriteTerms } from '../http/write-terms.decorator.js';
import type { WriteRequest } from '../writes/write-request.js';
import { TokenRefused } from './api-token.errors.js';
import type { TokenSnapshot } from './api-token.snapshot.js';
import { CreateTokenCommand, type CreatedToken } from './create-token/create-token.command.js';
import { CreateTokenDto, readNewToken } from './create-token/create-token.dto.js';
import { pageMeta, readTokenPage, type PageMeta } from './list-tokens/list-tokens.dto.js';
import { ListTokensQuery } from './list-tokens/list-tokens.query.js';
import { RevokeTokenCommand } from './revoke-token.command.js';
import { TokenIdPipe } from './token-id.pipe.js';

@ApiTags('tokens')
@ApiBearerAuth()
@Controller(`${BASE_PATH.slice(1)}/tokens`)
export class TokensController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @RequireScope('tokens:write', { withoutKeys: true })
  @ApiOperation({
    summary: 'Make a token',
    description: 'The token itself is in this answer alone. Nobody gives a scope they lack.',
  })
  @ApiBody({ type: CreateTokenDto })
  async create(
    @Body() body: Record<string, unknown> | undefined,
    @WriteTerms() terms: WriteRequest,
    @Req() { caller }: FastifyRequest,
  ): Promise<{ data: CreatedToken }> {
    const { token, errors } = readNewToken(body ?? {}, terms);
    return { data: await this.commands.execute(new CreateTokenCommand(token, errors, caller!.scopes)) };
  }

  @Get()
  @RequireScope('tokens:read')
  @ApiOperation({ summary: 'List the tokens', description: 'Revoked and expired ones too. `last_used_at` is right to a minute.' })
  @ApiQuery({ name: 'page', required: false, schema: { type: 'integer', minimum: 1, default: 1 } })
  @ApiQuery({ name: 'per_page', required: false, schema: { type: 'integer', minimum: 1, maximum: 100, default: 10 } })
  @ApiQuery({ name: 'limit', required: false, description: 'The same as `per_page`.', schema: { type: 'integer' } })
  async list(@Query() query: Record<string, unknown>): Promise<{ data: TokenSnapshot[]; meta: PageMeta }> {
    const asked = readTokenPage(query);
    if (Object.keys(asked.errors).length > 0) throw new TokenRefused(asked.errors);
    const { tokens, total } = await this.queries.execute(new ListTokensQuery(asked.page, asked.perPage));
    return { data: tokens, meta: pageMeta(asked, tokens.length, total) };
  }

  @Delete(':id')
  @RequireScope('tokens:write', { withoutKeys: true })
  @ApiOperation({ summary: 'Revoke a token', description: 'In force everywhere within 5 s. A revoked one stays as it is.' })
  async revoke(@Param('id', TokenIdPipe) id: number, @WriteTerms() { refusals }: WriteRequest): Promise<{ data: TokenSnapshot }> {
    return { data: await this.commands.execute(new RevokeTokenCommand(id, refusals)) };
  }
}
