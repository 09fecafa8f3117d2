import { Body, Controller, Delete, Get, Header, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { CurrentSession, PortalSessionGuard } from './portal-session.guard.js';
import type { SignedIn } from './portal-sessions.js';
import { SignInCommand } from './sign-in.command.js';
import { readSignIn } from './sign-in.dto.js';
import { SignOutCommand } from './sign-out.command.js';

interface SessionResponse {
  access_token: string;
  token_type: 'Bearer';
  expires_in: number;
  contact_id: number;
  email: string;
}

/** Signing in to the customer portal, and out of it. */
@Controller('portal')
export class PortalSessionsController {
  constructor(private readonly commands: CommandBus) {}

  @Post('sessions')
  @Header('Cache-Control', 'no-store')
  async signIn(@Body() body: Record<string, unknown>, @Req() { ip }: FastifyRequest): Promise<{ data: SessionResponse }> {
    const { email, password } = readSignIn(body ?? {});
    const session = await this.commands.execute(new SignInCommand(email, password, ip));
    return {
      data: {
        access_token: session.accessToken,
        token_type: 'Bearer',
        expires_in: session.expiresInSeconds,
        contact_id: session.contactId,
        email: session.email,
      },
    };
  }

  @Get('me')
  @UseGuards(PortalSessionGuard)
  me(@CurrentSession() { contactId, email }: SignedIn): { data: { contact_id: number; email: string } } {
    return { data: { contact_id: contactId, email } };
  }

  @Delete('sessions/current')
  @HttpCode(204)
  @UseGuards(PortalSessionGuard)
  async signOut(@CurrentSession() { jti }: SignedIn): Promise<void> {
    await this.commands.execute(new SignOutCommand(jti));
  }
}
