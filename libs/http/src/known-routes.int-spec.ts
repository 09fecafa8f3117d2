import { request } from 'node:http';
import { Controller, Delete, Get, Module, Patch, Post, Query, Req } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { pino } from 'pino';
import { createHttpApp } from './http-app.js';
import { loggerModule } from './logging.js';

@Controller('base/items')
class ItemsController {
  @Post('batch')
  batch(): object {
    return {};
  }

  @Get(':id')
  read(@Req() { url }: FastifyRequest, @Query() query: object): object {
    seen = { url, query };
    return {};
  }

  @Patch(':id')
  change(): object {
    return {};
  }

  @Delete(':id/tags/:name')
  drop(): object {
    return {};
  }
}
const logger = pino({ level: 'silent' });
@Module({ imports: [loggerModule(logger)], controllers: [ItemsController] })
class ItemsModule {}

let app: NestFastifyApplication;
let port: number;
/** What the last request for one item was to its route. */
let seen: { url: string; query: object };

beforeAll(async () => {
  app = await createHttpApp({
    module: ItemsModule,
    logger,
    errors: () => undefined,
    maxConnections: 9,
    basePath: '/base',
    configure: (fastify) => fastify.get('/files/*', (_, reply) => reply.callNotFound()),
  });
  await app.listen(0, '127.0.0.1');
  port = Number(new URL(await app.getUrl()).port);
});
afterAll(() => app?.close());

/** Status and `Allow` of a request whose target is sent as it is. */
function send(method: string, path: string): Promise<[status: number, allow?: string]> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', method, path, agent: false }, (answer) => {
      const { allow } = answer.resume().headers;
      resolve(allow === undefined ? [answer.statusCode!] : [answer.statusCode!, allow]);
    });
    sent.on('error', reject).end();
  });
}

describe('a route of files', () => {
  it('when it does not have the file / is 404; with another method / is 405', async () => {
    expect(await send('GET', '/files/none')).toEqual([404]);
    expect(await send('POST', '/files/none')).toEqual([405, 'GET, HEAD']);
  });
});

describe('a fragment', () => {
  it.each([
    ['/base/items/1#dry=1', '/base/items/1', {}],
    ['/base/items/1#?dry=1', '/base/items/1', {}],
    ['/base/items/1?a=b#c', '/base/items/1?a=b', { a: 'b' }],
    ['/base/items/1?a=b%23c', '/base/items/1?a=b%23c', { a: 'b#c' }],
  ])('in the target %s / is no part of the query', async (target, url, query) => {
    expect(await send('GET', target)).toEqual([200]);
    expect(seen).toEqual({ url, query });
  });
});

describe('a path that is written in another way', () => {
  it.each([
    ['as it is', '/base/items/1'],
    ['with a query', '/base/items/1?a=/b'],
    ['with an escaped letter', '/base/%69tems/1'],
    ['with an escaped base path', '/b%61se/items/1'],
    ['with an escape of a reserved character', '/base/items/%2F%25'],
    ['with an escaped line end', '/base/items/%0A'],
    ['with a fragment', '/base/items/1#x'],
    ['in the form for a proxy', 'http://host/base/items/1'],
    ['in the form for a proxy, with a fragment', 'http://host/base/items/1#x'],
    ['in the form for a proxy, in capitals and with a port', 'HTTPS://host:1/base/%69tems/1?a'],
  ])('%s / is served, and is 405 with another method', async (_, path) => {
    expect(await send('GET', path)).toEqual([200]);
    for (const method of ['PUT', 'PROPFIND']) expect(await send(method, path)).toEqual([405, 'GET, HEAD, PATCH']);
  });

  it.each(['/base/items/batch', '/base/items/%62atch', '/base/items/batch#x', 'http://host/base/items/batch'])(
    '%s, which is a route of its own / is 405 with a method that only the route with a parameter has',
    async (path) => {
      expect(await send('PATCH', path)).toEqual([405, 'POST']);
      expect(await send('POST', path)).toEqual([201]);
    },
  );

  it.each(['/base/items%2F1', '/base/%2569tems/1', 'ftp://host/base/items/1', '*'])(
    '%s, which no route matches / is 404',
    async (path) => {
      for (const method of ['GET', 'PUT']) expect(await send(method, path)).toEqual([404]);
    },
  );

  it.each([
    '/base/items/1/tags/',
    '/base/items/1/tags/#x',
    '/b%61se/items/1/tags/',
    'http://host/base/items/1/tags/',
    '/base//items/1',
    '/base//%zz',
    'http://host/base//%zz',
  ])('%s, with a doubled slash or one at its end / is 404', async (path) => {
    expect(await send('DELETE', path)).toEqual([404]);
  });

  it.each(['/base/items/%zz', '/base/%', 'http://host/base/items/%ff'])(
    '%s, which the router cannot read / is 400',
    async (path) => {
      for (const method of ['GET', 'PUT', 'PROPFIND']) expect(await send(method, path)).toEqual([400]);
    },
  );
});
