import { expect, it } from '@jest/globals';
import { appUrls } from './app-urls.js';
import { readSettings } from './env.js';

it('when the apps listen on one address / they are reached there', () => {
  expect(appUrls(readSettings({ HOST: '::1', AUTH_PORT: '4001' }))).toEqual({
    api: 'http://[::1]:3000/external/api/v1',
    docs: 'http://[::1]:3000/docs',
    asyncapi: 'http://[::1]:3000/asyncapi',
    gateway: 'http://[::1]:3000',
    auth: 'http://[::1]:4001',
  });
});

it('when they listen on this machine alone or everywhere / they are reached by its name', () => {
  for (const HOST of [undefined, '0.0.0.0', '::'])
    expect(appUrls(readSettings({ HOST }))).toMatchObject({ docs: 'http://localhost:3000/docs', auth: 'http://localhost:3001' });
});
