import { Body, Controller, Delete, Get, Header, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { readDto } from '../http/read-dto.js';
import { CurrentSession, PortalSessionGuard } from './portal-session.guard.js';
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
  @Header('Cache-Control', 'no-store')
  async signIn(@Body() body: Record<string, unknown>, @Req() { ip }: FastifyRequest): Promise<{ data: SessionResponse }> {
    const { email, password } = readDto(SignInDto, body ?? {});
    return { data: sessionResponse(await this.commands.execute(new SignInCommand(email, password, ip))) };
  }

  @Get('me')
  @Header('Cache-Control', 'no-store')
  @UseGuards(PortalSessionGuard)
  me(@CurrentSession() session: SignedIn): { data: SignedInResponse } {
    return { data: signedInResponse(session) };
  }

  @Delete('sessions/current')
  @HttpCode(204)
  @UseGuards(PortalSessionGuard)
  async signOut(@CurrentSession() { jti }: SignedIn): Promise<void> {
    await this.commands.execute(new SignOutCommand(jti));
  }
}
