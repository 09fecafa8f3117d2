import { Controller, Get, Param, Query, Res, UseGuards } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiError } from '#app/http';
import type { FastifyReply } from 'fastify';
import { OperatorGuard } from '../http/operator.guard.js';
import { readWaitFor } from './get-portal-login.dto.js';
import { GetPortalLoginQuery, type HeldLogin } from './get-portal-login.query.js';

interface LoginResponse {
  contact_id: number;
  email: string | null;
  version: number;
  synced_at: string;
}

/** What the auth app holds, for operators and tests: has a change arrived? */
@Controller('portal/logins')
@UseGuards(OperatorGuard)
export class PortalLoginsController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':contactId')
  async get(
    @Param('contactId') id: string,
    @Query() query: Record<string, unknown>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ data: LoginResponse | null }> {
    if (!/^[1-9]\d{0,15}$/.test(id) || !Number.isSafeInteger(Number(id))) throw notFound();
    const { minVersion, waitMs } = readWaitFor(query);
    const held = await this.queries.execute(new GetPortalLoginQuery(Number(id), minVersion, waitMs));
    if (!held.isCurrent) void reply.status(202).header('Retry-After', '1');
    else if (!held.login) throw notFound();
    return { data: responseOf(held.login) };
  }
}

const notFound = (): ApiError => new ApiError(404, 'portal_login_not_found', 'Portal login not found.');

function responseOf(login: HeldLogin['login']): LoginResponse | null {
  if (!login) return null;
  const { contactId, email, version, syncedAt } = login;
  return { contact_id: contactId, email, version, synced_at: syncedAt.toISOString() };
}
