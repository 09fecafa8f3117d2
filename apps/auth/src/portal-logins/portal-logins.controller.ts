import { Controller, Get, Header, Param, Query, Res, UseGuards } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiError } from '#app/http';
import type { FastifyReply } from 'fastify';
import { OperatorGuard } from '../http/operator.guard.js';
import { readDto } from '../http/read-dto.js';
import { GetPortalLoginDto } from './get-portal-login.dto.js';
import { GetPortalLoginQuery } from './get-portal-login.query.js';
import { portalLoginResponse, type PortalLoginResponse } from './portal-login.response.js';

/** Shows operators and tests what the auth app holds: has a change arrived? */
@Controller('portal/logins')
@UseGuards(OperatorGuard)
export class PortalLoginsController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':contactId')
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
    if (!held.isCurrent) void reply.status(202).header('Retry-After', '1');
    else if (!held.login) throw notFound();
    return { data: portalLoginResponse(held) };
  }
}

const notFound = (): ApiError => new ApiError(404, 'portal_login_not_found', 'Portal login not found.');
