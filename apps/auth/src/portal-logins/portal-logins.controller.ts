import { Controller, Get, Header, Param, Query, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiError } from '#app/http';
import type { FastifyReply } from 'fastify';
import { Operation } from '../docs/operation.decorator.js';
import { readDto } from '../http/read-dto.js';
import { GetPortalLoginDto } from './get-portal-login.dto.js';
import { GetPortalLoginQuery } from './get-portal-login.query.js';
import { portalLoginResponse, type PortalLoginResponse } from './portal-login.response.js';

const LOGIN_PARAMETERS = [
  {
    name: 'contactId',
    in: 'path',
    required: true,
    description: 'The contact of the login.',
    schema: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
  },
  {
    name: 'min_version',
    in: 'query',
    description: 'Answers as soon as the login has this version or a later one, or is removed at it.',
    schema: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  },
  {
    name: 'wait',
    in: 'query',
    description: 'Seconds to wait for it.',
    schema: { type: 'number', minimum: 0, maximum: 30, default: 5 },
  },
];

/** Shows operators and tests what the auth app holds: has a change arrived? */
@Controller('portal/logins')
export class PortalLoginsController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':contactId')
  @Operation({
    id: 'getPortalLogin',
    summary: 'A login as the auth app holds it, at once or when it has a version',
    tag: 'portal logins',
    security: 'operatorToken',
    parameters: LOGIN_PARAMETERS,
    answers: {
      200: { description: 'The login.', schema: 'PortalLoginAnswer' },
      202: {
        description: 'The version has not come in time: ask again.',
        schema: 'PendingPortalLogin',
        headers: ['Retry-After'],
      },
    },
    errors: [400, 401, 404, 422, 429, 503],
  })
  @Header('Cache-Control', 'no-store')
  async get(
    @Param('contactId') id: string,
    @Query() query: Record<string, unknown>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ data: PortalLoginResponse | null }> {
    if (!/^[1-9]\d{0,15}$/.test(id) || !Number.isSafeInteger(Number(id))) throw notFound();
    const { min_version: version, wait } = readDto(GetPortalLoginDto, query);
    const minVersion = version === undefined ? undefined : Number(version);
    const held = await this.queries.execute(new GetPortalLoginQuery(Number(id), minVersion, Number(wait) * 1_000));
    if (!held.isCurrent) void reply.status(202).header('retry-after', '1');
    else if (!held.login) throw notFound();
    return { data: portalLoginResponse(held) };
  }
}

const notFound = (): ApiError => new ApiError(404, 'portal_login_not_found', 'Portal login not found.');
