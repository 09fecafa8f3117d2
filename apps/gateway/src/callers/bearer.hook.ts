import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addressBlock } from '#app/http';
import { BASE_PATH } from '../wire/base-path.js';
import { CodedError } from '../wire/coded.error.js';
import { Deadline } from '../wire/deadline.js';
import '../wire/request-deadline.js';
import type { Scope } from './api-token.scopes.js';
import type { ApiTokens, Caller } from './api-tokens.js';
import type { RateLimit } from './rate-limit.js';
import type { UnknownTokens } from './unknown-tokens.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every request under the base path, before its body is read. */
    caller?: Caller;
  }
  interface FastifyContextConfig {
    scope?: Scope;
  }
}

const isGuarded = (url: string): boolean => url === BASE_PATH || url.startsWith(`${BASE_PATH}/`);

/** The checks of every request under the base path. */
export interface Gate {
  tokens: ApiTokens;
  unknownTokens: UnknownTokens;
  /** Null if requests are not limited. */
  rateLimit: RateLimit | null;
}

/**
 * Checks every request under the base path before its body is read: a valid token, then a free quota, then the route's
 * scope.
 * @param findGate called at the first request, once the application is up
 */
export function guardWithBearerTokens(fastify: FastifyInstance, findGate: () => Gate): void {
  let gate: Gate | undefined;
  fastify.decorateRequest('caller', undefined);
  fastify.decorateRequest('deadline', undefined);
  fastify.addHook('onRoute', ({ url, method, config }) => {
    if (isGuarded(url) && config?.scope === undefined) throw new Error(`${String(method)} ${url} has no scope.`);
  });
  fastify.addHook('onRequest', async (request, reply) => {
    const { scope } = request.routeOptions.config;
    if (request.is404 || scope === undefined) return;
    const deadline = (request.deadline = new Deadline());
    request.caller = await deadline.bound(admit((gate ??= findGate()), request, reply));
    if (!request.caller.scopes.has(scope))
      throw new CodedError('missing_scope', { message: `The token lacks the scope ${scope}.` });
    // The body has a time of its own to arrive.
    deadline.pause();
  });
}

async function admit({ rateLimit, ...known }: Gate, request: FastifyRequest, reply: FastifyReply): Promise<Caller> {
  const caller = await authenticate(request, known);
  if (rateLimit) await rateLimit.admit(caller, reply);
  return caller;
}

async function authenticate(
  { headers, ip }: FastifyRequest,
  { tokens, unknownTokens }: Pick<Gate, 'tokens' | 'unknownTokens'>,
): Promise<Caller> {
  const [, token] = /^Bearer +([\x21-\x7e]{1,512}) *$/i.exec(headers.authorization ?? '') ?? [];
  const caller = token ? await tokens.callerOf(token) : null;
  if (caller) return caller;
  if (token) unknownTokens.count(addressBlock(ip));
  throw new CodedError('unauthenticated');
}
