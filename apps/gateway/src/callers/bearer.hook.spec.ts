import { describe, expect, it } from '@jest/globals';
import fastify from 'fastify';
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
