import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import '../http/token.hook.js';
import { NoSession } from './portal-session.errors.js';
import type { SignedIn } from './portal-sessions.js';

/** The signed-in session; only where the route needs an access token. */
export const CurrentSession = createParamDecorator((_: unknown, context: ExecutionContext): SignedIn => {
  const { signedIn } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!signedIn) throw new NoSession();
  return signedIn;
});
