import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addressBlock, bearerDefectOf } from '#app/http';
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
  fastify.addHook('onRequest', (request, reply, done) => {
    const { scope } = request.routeOptions.config;
    if (request.is404 || scope === undefined) return done();
    const deadline = (request.deadline = new Deadline());
    const letIn = (caller: Caller): void => {
      request.caller = caller;
      assertScope(caller, scope);
      // The body has a time of its own to arrive.
      deadline.pause();
    };
    // A request whose token and quota are known waits for nothing.
    let caller: Caller | Promise<Caller>;
    try {
      caller = admit((gate ??= findGate()), request, reply);
      if (!(caller instanceof Promise)) letIn(caller);
    } catch (error) {
      return done(error as Error);
    }
    // Outside the try: an error of a later step is not answered by a second `done`.
    if (!(caller instanceof Promise)) return done();
    deadline
      .bound(caller)
      .then(letIn)
      .then(() => done(), done);
  });
}

function admit(gate: Gate, request: FastifyRequest, reply: FastifyReply): Caller | Promise<Caller> {
  const counted = (caller: Caller): Caller | Promise<Caller> => {
    const pending = gate.rateLimit?.admit(caller, reply);
    return pending ? pending.then(() => caller) : caller;
  };
  const caller = authenticate(request, gate);
  return caller instanceof Promise ? caller.then(counted) : counted(caller);
}

/** @throws {CodedError} 403 if the token lacks the scope */
function assertScope({ scopes }: Caller, scope: Scope): void {
  if (!scopes.has(scope)) throw new CodedError('missing_scope', { message: `The token lacks the scope ${scope}.` });
}

const BEARER = /^Bearer +([\x21-\x7e]{1,512}) *$/i;

function authenticate(request: FastifyRequest, { tokens, unknownTokens }: Gate): Caller | Promise<Caller> {
  const { authorization } = request.headers;
  const token = BEARER.exec(authorization ?? '')?.[1];
  if (token === undefined) throw new CodedError('unauthenticated', { message: bearerDefectOf(authorization) });
  return tokens.recentCallerOf(token) ?? tokens.callerOf(token).then((caller) => caller ?? refuse(request, unknownTokens));
}

function refuse({ ip }: FastifyRequest, unknownTokens: UnknownTokens): never {
  unknownTokens.count(addressBlock(ip));
  throw new CodedError('unauthenticated');
}
