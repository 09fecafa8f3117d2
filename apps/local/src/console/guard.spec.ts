import { beforeEach, describe, expect, it } from '@jest/globals';
import Fastify, { type FastifyInstance } from 'fastify';
import { ConsoleAccess } from './console-access.js';
import { enterRoutes } from './enter.routes.js';
import { guard } from './guard.js';

const HOST = 'localhost:3002';
const ORIGIN = `http://${HOST}`;
let access: ConsoleAccess;
let fastify: FastifyInstance;
let cookie: string;

beforeEach(() => {
  access = new ConsoleAccess('the token', 3002);
  fastify = Fastify();
  guard(fastify, access);
  enterRoutes(fastify, access);
  fastify.get('/', () => 'page');
  fastify.get('/api/thing', () => 'read');
  fastify.post('/api/thing', () => 'done');
  cookie = `other=1; ${access.cookieName}=${access.enterByToken('the token')}`;
});

const statusOf = async (method: 'GET' | 'POST', url: string, headers: Record<string, string> = {}): Promise<number> =>
  (await fastify.inject({ method, url, headers: { host: HOST, cookie, ...headers } })).statusCode;

describe('a request to the console', () => {
  it.each(['localhost:3002', '127.0.0.1:3002', '[::1]:3002'])('when it names the host %s / is answered', async (host) => {
    expect(await statusOf('GET', '/api/thing', { host })).toBe(200);
  });

  it.each(['evil.example', 'evil.example:3002', 'localhost', 'localhost:3000', 'localhost:3002.evil.example', ''])(
    'when it names the host %j / is refused with 421',
    async (host) => {
      expect(await statusOf('GET', '/api/thing', { host })).toBe(421);
      expect(await statusOf('POST', '/api/thing', { host, origin: `http://${host}` })).toBe(421);
    },
  );

  it.each(['http://evil.example', 'http://localhost:3000', 'https://localhost:3002', 'null', ''])(
    'when it has the origin %j / is refused with 403',
    async (origin) => {
      expect(await statusOf('POST', '/api/thing', { origin })).toBe(403);
      expect(await statusOf('GET', '/api/thing', { origin })).toBe(403);
      expect(await statusOf('POST', '/enter', { origin })).toBe(403);
    },
  );

  it('when it changes something without an origin / is refused with 403', async () => {
    expect(await statusOf('POST', '/api/thing')).toBe(403);
    expect(await statusOf('POST', '/api/thing', { origin: ORIGIN })).toBe(200);
  });

  it.each(['cross-site', 'same-site'])('when another page reads it (%s) / is refused with 403', async (site) => {
    expect(await statusOf('GET', '/api/thing', { 'sec-fetch-site': site })).toBe(403);
    expect(await statusOf('GET', '/', { 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' })).toBe(
      403,
    );
  });

  it.each(['none', 'same-origin'])('when a person or the page itself reads it (%s) / is answered', async (site) => {
    expect(await statusOf('GET', '/api/thing', { 'sec-fetch-site': site, 'sec-fetch-mode': 'cors' })).toBe(200);
  });

  it('when a link of another page opens the page / is answered', async () => {
    const headers = { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect(await statusOf('GET', '/', headers)).toBe(200);
  });

  it.each(['', 'contact_sync_console_3002=', 'contact_sync_console_3002=guess', 'contact_sync_console_3003=x'])(
    'when its cookies are %j / is refused with 401, and the page leads to the form',
    async (cookies) => {
      expect(await statusOf('GET', '/api/thing', { cookie: cookies })).toBe(401);
      expect(await statusOf('POST', '/api/thing', { cookie: cookies, origin: ORIGIN })).toBe(401);
      const { headers } = await fastify.inject({ url: '/', headers: { host: HOST, cookie: cookies } });
      expect(headers.location).toBe('/enter');
    },
  );
});

describe('the link of the start', () => {
  it('when it is opened / sets a cookie that scripts and other sites cannot use, and works only once', async () => {
    const url = access.link.replace(ORIGIN, '');
    const first = await fastify.inject({ url, headers: { host: HOST } });
    expect(first).toMatchObject({ statusCode: 303, headers: { location: '/' } });
    expect(first.headers['set-cookie']).toMatch(/^contact_sync_console_3002=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(await statusOf('GET', url)).toBe(403);
  });

  it('when it is opened again / the page says why it does not work', async () => {
    const { body } = await fastify.inject({ url: '/enter?key=used', headers: { host: HOST } });
    expect(body).toContain('<p role="alert">This link was used before, or is of another start.</p>');
  });
});

describe('the form for the token', () => {
  const enter = (token: string) =>
    fastify.inject({
      method: 'POST',
      url: '/enter',
      headers: { host: HOST, origin: ORIGIN, 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ token }).toString(),
    });

  it('when the token is right / begins a session', async () => {
    expect(await enter(' the token ')).toMatchObject({ statusCode: 303 });
  });

  it('when the token is wrong / begins none', async () => {
    const answer = await enter('the tokem');
    expect(answer.statusCode).toBe(403);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.body).toContain('<p role="alert">This is not the token of this console.</p>');
  });

  it('when it is opened / nothing is refused yet', async () => {
    const { body } = await fastify.inject({ url: '/enter', headers: { host: HOST } });
    expect(body).toContain('<form');
    expect(body).not.toContain('role="alert"');
  });
});

describe('an answer of the console', () => {
  it('whatever is asked / allows scripts of its own files alone, and no frame', async () => {
    for (const url of ['/', '/enter', '/api/thing', '/no-such-page']) {
      const { headers } = await fastify.inject({ url, headers: { host: HOST, cookie } });
      expect(headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'self'.*frame-ancestors 'none'/);
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    }
  });

  it('when a browser without a session asks for the icon of the host / is led to that of the page', async () => {
    const { statusCode, headers } = await fastify.inject({ url: '/favicon.ico', headers: { host: HOST } });
    expect([statusCode, headers.location]).toEqual([302, '/icon.svg']);
  });
});
