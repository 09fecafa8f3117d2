import { bearerDefectOf, bearerTokenOf, unauthenticated } from '#app/http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { PortalSessions, SignedIn } from '../portal-sessions/portal-sessions.js';
import type { OperatorToken } from './operator-token.js';
import './request-line.js';

/** The token that a route needs. */
export type TokenKind = 'accessToken' | 'operatorToken';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set where the route needs an access token. */
    signedIn?: SignedIn;
  }
  interface FastifyContextConfig {
    security?: TokenKind;
  }
}

/** What knows the tokens. */
export interface Gate {
  operator: OperatorToken;
  sessions: PortalSessions;
}

/**
 * Checks the token of each request whose route needs one, before its body is read.
 * @param findGate called at the first request, once the application is up
 */
export function guardWithTokens(fastify: FastifyInstance, findGate: () => Gate): void {
  let gate: Gate | undefined;
  fastify.decorateRequest('actor', undefined);
  fastify.decorateRequest('signedIn', undefined);
  fastify.addHook('onRequest', async (request) => {
    const { security } = request.routeOptions.config;
    if (request.is404 || security === undefined) return;
    const { authorization } = request.headers;
    const token = bearerTokenOf(authorization);
    if (token === undefined) throw unauthenticated(bearerDefectOf(authorization));
    await letIn(request, { token, security }, (gate ??= findGate()));
  });
}

async function letIn(
  request: FastifyRequest,
  { token, security }: { token: string; security: TokenKind },
  { operator, sessions }: Gate,
): Promise<void> {
  if (security === 'operatorToken') {
    operator.assertRight(token, request.ip);
    request.actor = 'operator';
    return;
  }
  request.signedIn = await sessions.of(token);
  request.actor = `contact ${request.signedIn.contactId}`;
}
