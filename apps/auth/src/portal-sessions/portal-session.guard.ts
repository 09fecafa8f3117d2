import { createParamDecorator, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { bearerDefectOf, bearerTokenOf, unauthenticated } from '#app/http';
import type { FastifyRequest } from 'fastify';
import { NoSession } from './portal-session.errors.js';
import { PortalSessions, type SignedIn } from './portal-sessions.js';

type RequestInSession = FastifyRequest & { signedIn?: SignedIn };

/** Lets only requests with a valid session pass. */
@Injectable()
export class PortalSessionGuard implements CanActivate {
  constructor(private readonly sessions: PortalSessions) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<RequestInSession>();
    const { authorization } = request.headers;
    const token = bearerTokenOf(authorization);
    if (token === undefined) throw unauthenticated(bearerDefectOf(authorization));
    request.signedIn = await this.sessions.of(token);
    request.actor = `contact ${request.signedIn.contactId}`;
    return true;
  }
}

/** The signed-in session; only behind {@link PortalSessionGuard}. */
export const CurrentSession = createParamDecorator((_: unknown, context: ExecutionContext): SignedIn => {
  const { signedIn } = context.switchToHttp().getRequest<RequestInSession>();
  if (!signedIn) throw new NoSession();
  return signedIn;
});
