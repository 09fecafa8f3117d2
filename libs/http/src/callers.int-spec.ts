import { connect, createServer, type AddressInfo } from 'node:net';
import { Controller, Delete, Get, Module, Post, Req } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { pino } from 'pino';
import { createHttpApp } from './http-app.js';
import { listenOn } from './listen.js';
import { loggerModule } from './logging.js';

@Controller('address')
class AddressController {
  @Get()
  address(@Req() { ip }: FastifyRequest): object {
    return { ip };
  }
}

@Controller('base')
class EchoController {
  @Post('echo')
  echo(): object {
    return {};
  }

  @Delete('things/:id')
  remove(): object {
    return {};
  }
}
const logger = pino({ level: 'silent' });
@Module({ imports: [loggerModule(logger)], controllers: [AddressController, EchoController] })
class EchoModule {}

const APP = { module: EchoModule, logger, errors: () => undefined, maxConnections: 10, basePath: '/base' };
let app: NestFastifyApplication;
let port: number;
beforeAll(async () => {
  app = await createHttpApp(APP);
  await listenOn(app, { port: 0, host: '127.0.0.1' });
  port = portOf(app);
});
afterAll(() => app?.close());

const portOf = (other: NestFastifyApplication) => (other.getHttpServer().address() as AddressInfo).port;

const post = (body: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}/base/echo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: Buffer.from(body),
  });

/** The status and code of a request line that no URL parser has tidied up. */
const raw = (line: string) =>
  new Promise<[number, string]>((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(`${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`));
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.on('close', () => resolve([Number(received.split(' ')[1]), /"code":"(\w+)"/.exec(received)?.[1] ?? '']));
  });

describe('when a path of the base path is untidy', () => {
  it.each([
    ['has a slash at its end', 'DELETE /base/things/1/'],
    ['has a slash at its end and cannot be decoded', 'DELETE /base/things/%zz/'],
    ['has a doubled slash', 'DELETE /base//things/1'],
    ['has an empty parameter', 'DELETE /base/things//'],
    ['has a query behind its slash', 'DELETE /base/things/1/?a=b'],
    ['is the base path with a slash', 'GET /base/'],
  ])('and %s / it is 404 as an unknown route, before it is decoded', async (_, line) => {
    expect(await raw(line)).toEqual([404, 'route_not_found']);
  });

  it('but a tidy one cannot be decoded / is 400', async () => {
    expect(await raw('DELETE /base/things/%zz')).toEqual([400, 'malformed_request']);
  });

  it('but only its query has slashes / is served', async () => {
    expect((await raw('DELETE /base/things/1?next=//x/'))[0]).toBe(200);
  });
});

describe('when a body begins with a byte order mark', () => {
  it('in front of an object / is read without it', async () => {
    expect((await post('\ufeff{"a":1}')).status).toBe(201);
  });

  it.each([
    ['two marks', '\ufeff\ufeff{}'],
    ['a mark alone', '\ufeff'],
    ['a mark behind', '{}\ufeff'],
  ])('%s / is 400 or an empty body, never a 500', async (_, body) => expect([201, 400]).toContain((await post(body)).status));
});

describe('an error', () => {
  const problemOf = async (accept: string) => {
    const response = await fetch(`http://127.0.0.1:${port}/nowhere`, { headers: { accept, connection: 'close' } });
    return [response.headers.get('content-type'), ((await response.json()) as { title?: string }).title];
  };

  it('when it is asked for as problem+json / its title is the phrase of the status', async () => {
    expect(await problemOf('application/problem+json')).toEqual(['application/problem+json; charset=utf-8', 'Not Found']);
  });

  it.each([
    'application/problem+json;q=0',
    'application/problem+jsonx',
    'application/json',
    'a/b;c="d, application/problem+json, e"',
  ])('when %s is accepted / gets plain JSON', async (accept) => {
    expect(await problemOf(accept)).toEqual(['application/json; charset=utf-8', undefined]);
  });
});

describe('when an app listens', () => {
  const start = async (host: string | undefined, settings: { keepAliveSeconds?: number } = {}) => {
    const other = await createHttpApp({ ...APP, ...settings });
    await listenOn(other, { port: 0, host });
    return other;
  };
  const answers = (host: string, at: number) =>
    new Promise<boolean>((resolve) => {
      const socket = connect(at, host, () => (resolve(true), socket.destroy())).on('error', () => resolve(false));
    });

  it.each([
    ['without a host', undefined, [true, true]],
    ['on an IPv4 address', '127.0.0.1', [true, false]],
    ['on an IPv6 address', '::1', [false, true]],
    ['on localhost', 'localhost', [true, true]],
  ])('%s / it is reached over IPv4 and IPv6 as that says', async (_, host, reached) => {
    const other = await start(host);
    const at = portOf(other);
    expect([await answers('127.0.0.1', at), await answers('::1', at)]).toEqual(reached);
    await other.close();
  });

  it('on a port that is taken / the error names it', async () => {
    const taken = createServer().listen(0, '::');
    await new Promise((resolve) => taken.once('listening', resolve));
    const other = await createHttpApp(APP);
    await expect(listenOn(other, { port: (taken.address() as AddressInfo).port, host: undefined })).rejects.toThrow(/EADDRINUSE/);
    await other.close();
    taken.close();
  });

  it.each([
    ['without a setting / keeps idle connections longer than balancers do', {}, 'timeout=620'],
    ['with a setting / keeps them as long as it says', { keepAliveSeconds: 7 }, 'timeout=7'],
  ])('%s', async (_, settings, header) => {
    const other = await start('127.0.0.1', settings);
    const response = await fetch(`http://127.0.0.1:${portOf(other)}/nowhere`);
    expect(response.headers.get('keep-alive')).toBe(header);
    await other.close();
  });
});

describe('when a proxy that is named by its address forwards a request', () => {
  let proxied: NestFastifyApplication;
  beforeAll(async () => {
    proxied = await createHttpApp({ ...APP, trustProxy: '127.0.0.1, 10.0.0.0/8' });
    await listenOn(proxied, { port: 0, host: '127.0.0.1' });
  });
  afterAll(() => proxied?.close());

  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:4711', '203.0.113.7'],
    ['198.51.100.1, 203.0.113.7:4711, 10.0.0.5:81', '203.0.113.7'],
    ['203.0.113.7, "[::ffff:10.0.0.5]:81"', '203.0.113.7'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['_hidden', 'unknown'],
  ])('and writes %s / the caller is %s', async (forwarded, ip) => {
    const url = `http://127.0.0.1:${portOf(proxied)}/address`;
    const response = await fetch(url, { headers: { 'x-forwarded-for': forwarded, connection: 'close' } });
    expect(await response.json()).toEqual({ ip });
  });
});
