import { expect, it } from '@jest/globals';
import { EventsEnv } from './env.js';

it('when no address of an auth app is set / it is where the environment lets one listen, or nowhere', () => {
  const addresses = [{}, { AUTH_PORT: '3001' }, { AUTH_PORT: '3001', HOST: '::' }, { AUTH_PORT: '3001', HOST: '::1' }];
  expect(addresses.map((source) => new EventsEnv(source).authUrl)).toEqual([
    undefined,
    'http://127.0.0.1:3001',
    'http://127.0.0.1:3001',
    'http://[::1]:3001',
  ]);
});
