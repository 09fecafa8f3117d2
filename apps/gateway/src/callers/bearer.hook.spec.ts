import { describe, expect, it, jest } from '@jest/globals';
import fastify, { type FastifyInstance } from 'fastify';
import { BASE_PATH } from '../wire/base-path.js';
import { guardWithBearerTokens, type Gate } from './bearer.hook.js';

const neverAsked = (): Gate => {
  throw new Error('No request is made here.');
};
const add = (url: string, config: object) => {
  const app = fastify();
  guardWithBearerTokens(app, neverAsked);
  return () => app.get(url, { config }, () => ({}));
};

describe('a route without a scope', () => {
  it.each(['', '/forgotten', '/contacts/:id/forgotten'])(
    'when it is under the base path, as %j / the gateway does not start',
    (path) => {
      expect(add(`${BASE_PATH}${path}`, {})).toThrow(/has no scope/);
      expect(add(`${BASE_PATH}${path}`, { scope: 'contacts:read' })).not.toThrow();
    },
  );

  it('when it is not under the base path / is accepted', () => {
    expect(add('/health', {})).not.toThrow();
  });
});

describe('a request whose token and quota are known', () => {
  it('when a later step throws / the step is not begun a second time', () => {
    const hooks: Record<string, (...args: unknown[]) => void> = {};
    const app = { decorateRequest: () => undefined, addHook: (name: string, hook: () => void) => void (hooks[name] = hook) };
    const caller = { tokenId: '7', familyId: '7', scopes: new Set(['contacts:read']), expiresAt: null };
    const gate = { tokens: { recentCallerOf: () => caller }, unknownTokens: {}, rateLimit: null };
    guardWithBearerTokens(app as unknown as FastifyInstance, () => gate as unknown as Gate);
    const request = {
      is404: false,
      headers: { authorization: 'Bearer x' },
      routeOptions: { config: { scope: 'contacts:read' } },
    };
    const done = jest.fn(() => {
      throw new Error('a later step');
    });

    expect(() => hooks['onRequest']!(request, {}, done)).toThrow('a later step');
    expect(done).toHaveBeenCalledTimes(1);
  });
});
