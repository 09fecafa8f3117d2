import { Body, Controller, Delete, Get, Header, HttpCode, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { Operation } from '../docs/operation.decorator.js';
import { readDto } from '../http/read-dto.js';
import { CurrentSession } from './current-session.decorator.js';
import type { SignedIn } from './portal-sessions.js';
import { sessionResponse, signedInResponse, type SessionResponse, type SignedInResponse } from './session.response.js';
import { SignInCommand } from './sign-in.command.js';
import { SignInDto } from './sign-in.dto.js';
import { SignOutCommand } from './sign-out.command.js';

/** Sign-in and sign-out of the customer portal. */
@Controller('portal')
export class PortalSessionsController {
  constructor(private readonly commands: CommandBus) {}

  @Post('sessions')
  @Operation({
    id: 'signIn',
    summary: 'Signs in with a portal login',
    tag: 'sessions',
    body: 'SignIn',
    answers: { 201: { description: 'A session has begun.', schema: 'SessionAnswer' } },
    errors: [400, 401, 413, 415, 422, 429, 503],
  })
  @Header('Cache-Control', 'no-store')
  async signIn(@Body() body: Record<string, unknown>, @Req() { ip }: FastifyRequest): Promise<{ data: SessionResponse }> {
    const { email, password } = readDto(SignInDto, body ?? {});
    return { data: sessionResponse(await this.commands.execute(new SignInCommand(email, password, ip))) };
  }

  @Get('me')
  @Operation({
    id: 'getSignedIn',
    summary: 'Who is signed in',
    tag: 'sessions',
    security: 'accessToken',
    answers: { 200: { description: 'The login of the session.', schema: 'SignedInAnswer' } },
    errors: [400, 401, 503],
  })
  @Header('Cache-Control', 'no-store')
  me(@CurrentSession() session: SignedIn): { data: SignedInResponse } {
    return { data: signedInResponse(session) };
  }

  @Delete('sessions/current')
  @Operation({
    id: 'signOut',
    summary: 'Ends the session',
    tag: 'sessions',
    security: 'accessToken',
    answers: { 204: { description: 'Its token is worth nothing from now on.' } },
    errors: [400, 401, 413, 415, 503],
  })
  @HttpCode(204)
  async signOut(@CurrentSession() { jti }: SignedIn): Promise<void> {
    await this.commands.execute(new SignOutCommand(jti));
  }
}
