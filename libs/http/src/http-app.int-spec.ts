import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { Controller, Get, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#app/system/testing';
import { pino } from 'pino';
import { createHttpApp } from './http-app.js';
import { loggerModule } from './logging.js';

const REQUEST_TIMEOUT_MS = 300;
const MAX_CONNECTIONS = 3;

@Controller()
class EchoController {
  @Get()
  root(): object {
    return {};
  }

  @Post('echo')
  echo(): object {
    return {};
  }

  @Get('defect')
  defect(): never {
    throw new Error('insert into contact values (secret)', { cause: new Error('at deeper (secret)') });
  }

  @Get('much')
  much(): object {
    return { text: 'x'.repeat(20_000_000) };
  }
}
const logger = pino({ level: 'silent' });
@Module({ imports: [loggerModule(logger)], controllers: [EchoController] })
class EchoModule {}

let app: NestFastifyApplication;
let port: number;
/** Soon ends its patience, also with a request that a busy machine holds up. */
let hasty: NestFastifyApplication;
const opened: Socket[] = [];

async function listen(more: { requestTimeoutMs?: number } = {}): Promise<NestFastifyApplication> {
  const options = { module: EchoModule, logger, errors: () => undefined, maxConnections: MAX_CONNECTIONS };
  const made = await createHttpApp({ ...options, ...more });
  await made.listen(0, '127.0.0.1');
  return made;
}
const portOf = async (of: NestFastifyApplication): Promise<number> => Number(new URL(await of.getUrl()).port);
const connectionsOf = (of: NestFastifyApplication): Promise<number> =>
  promisify(of.getHttpServer().getConnections.bind(of.getHttpServer()))();
const untilConnections = (of: NestFastifyApplication, count: number) =>
  eventually(async () => expect(await connectionsOf(of)).toBe(count));

beforeAll(async () => {
  app = await listen();
  port = await portOf(app);
  hasty = await listen({ requestTimeoutMs: REQUEST_TIMEOUT_MS });
});
afterAll(async () => {
  for (const socket of opened) socket.destroy();
  await app?.close();
  await hasty?.close();
});

/** A connection that sends some text and then waits; `closed` resolves to the bytes that it received. */
function open(text: string, at = port): { socket: Socket; closed: Promise<string> } {
  const socket = connect(at, '127.0.0.1', () => void (text && socket.write(text)));
  opened.push(socket);
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString())).on('error', () => undefined);
  return { socket, closed: new Promise((resolve) => socket.on('close', () => resolve(received))) };
}

const errorOf = (received: string): unknown => JSON.parse(received.slice(received.indexOf('\r\n\r\n') + 4));
const HEAD = 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

describe('a request that does not arrive in time', () => {
  it.each([
    ['that never begins', ''],
    ['whose head never ends', HEAD],
    ['whose body never ends', `${HEAD}Content-Length: 10\r\n\r\n{`],
  ])('%s / is 408 in the one shape of errors, and its connection is closed', async (_, text) => {
    const received = await open(text, await portOf(hasty)).closed;
    expect(received).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\nX-Request-Id: [0-9a-f-]{36}\r\n/);
    expect(errorOf(received)).toEqual({ message: 'The request took too long to arrive.', code: 'request_timeout' });
  });
});

describe('when bytes are not a request', () => {
  it.each([
    ['nonsense', 'nonsense\r\n\r\n', 400, 'malformed_request'],
    ['two lengths', `${HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}`, 400, 'malformed_request'],
    ['a length and chunks', `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`, 400, 'malformed_request'],
    ['a head without an end', `${HEAD}X-Much: ${'x'.repeat(20_000)}`, 431, 'headers_too_large'],
  ])('%s / is answered in the one shape of errors, with the headers of every answer', async (_, text, status, code) => {
    const received = await open(text).closed;
    expect(received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    for (const header of ['cache-control: no-store', 'x-content-type-options: nosniff', 'x-frame-options: DENY'])
      expect(received).toContain(`\r\n${header}\r\n`);
    expect(errorOf(received)).toEqual({ message: expect.any(String), code });
  });
});

describe('when Node would answer a request by itself', () => {
  it.each([
    ['a request', ''],
    ['a request that expects 100 Continue', 'Expect: 100-continue\r\n'],
  ])('and %s has no Host, in HTTP/1.1 / it is 400 in the one shape of errors, with the request id', async (_, header) => {
    const received = await open(`GET /much HTTP/1.1\r\nX-Request-Id: mine\r\nConnection: close\r\n${header}\r\n`).closed;
    const answer = received.replace('HTTP/1.1 100 Continue\r\n\r\n', '');
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nx-request-id: mine\r\n/);
    expect(errorOf(answer)).toEqual({ message: 'The request has no Host header.', code: 'malformed_request' });
  });

  it.each([
    ['a request of HTTP/1.0 has no Host', 'POST /echo HTTP/1.0\r\n'],
    ['an expectation is unknown', 'POST /echo HTTP/1.1\r\nHost: x\r\nExpect: foo\r\nConnection: close\r\n'],
  ])('and %s / it is served', async (_, head) => {
    const received = await open(`${head}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`).closed;
    expect(received).toMatch(/^HTTP\/1\.1 201 Created\r\nx-request-id: /);
  });

  it('and a client waits for 100 Continue / it gets that and the answer', async () => {
    const { socket, closed } = open(`${HEAD}Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`);
    socket.once('data', () => socket.write('{}'));
    expect(await closed).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 Created\r\n/);
  });
});

describe('when a body is over 1 MiB', () => {
  const SIZE = 1024 * 1024 + 1;

  it.each([
    ['and its length says so', `Content-Length: ${SIZE}\r\n\r\n`],
    ['and comes in chunks', `Transfer-Encoding: chunked\r\n\r\n${SIZE.toString(16)}\r\n${' '.repeat(SIZE)}\r\n0\r\n\r\n`],
  ])('%s / it is 413 with the code of the documents', async (_, rest) => {
    const received = await open(`${HEAD}Connection: close\r\n${rest}`).closed;
    expect(received).toMatch(/^HTTP\/1\.1 413 /);
    expect(errorOf(received)).toEqual({ message: 'The body is larger than 1 MiB.', code: 'body_too_large' });
  });
});

it.each([
  ['is an asterisk', 'GET *', 404],
  ['cannot be decoded', 'GET /%zz', 400],
])('when a target %s / its answer has the request id and the headers of every answer', async (_, line, status) => {
  const received = await open(`${line} HTTP/1.1\r\nHost: x\r\nX-Request-Id: mine\r\nConnection: close\r\n\r\n`).closed;
  expect(received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  for (const header of ['x-request-id: mine', 'cache-control: no-store', 'x-content-type-options: nosniff'])
    expect(received).toContain(`\r\n${header}\r\n`);
});

it('when an error is answered / the answer does not reveal its cause', async () => {
  const { headers } = await fetch(`http://127.0.0.1:${port}/nowhere`, { headers: { connection: 'close' } });
  const plain = ['connection', 'content-length', 'content-type', 'date', 'x-request-id'];
  const protecting = ['cache-control', 'x-content-type-options', 'x-frame-options'];
  expect([...headers.keys()].sort()).toEqual([...plain, ...protecting].sort());
});

it.each(['application/json', 'application/problem+json'])(
  'when a defect is answered in %s / the answer reveals nothing of it',
  async (accept) => {
    const response = await fetch(`http://127.0.0.1:${port}/defect`, { headers: { accept, connection: 'close' } });
    const body = await response.text();
    expect(response.status).toBe(500);
    expect(JSON.parse(body)).toMatchObject({ code: 'internal_error' });
    expect(body).not.toMatch(/insert|secret|deeper|\bat /);
  },
);

it('when a client does not read its answer / its connection is closed', async () => {
  await untilConnections(hasty, 0);
  const socket = connect(await portOf(hasty), '127.0.0.1', () => socket.pause().write('GET /much HTTP/1.1\r\nHost: x\r\n\r\n'));
  opened.push(socket);
  await untilConnections(hasty, 1);
  await untilConnections(hasty, 0);
});

describe('connections beyond the cap', () => {
  it('when more connections are opened / are closed at once, and those below the cap are served', async () => {
    await untilConnections(app, 0);
    const held = Array.from({ length: MAX_CONNECTIONS }, () => open(`${HEAD}Content-Length: 0\r\n\r\n`));
    const answers = held.map(
      ({ socket }) => new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data)))),
    );
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    expect(await open(`${HEAD}Content-Length: 0\r\n\r\n`).closed).toBe('');
  });
});
