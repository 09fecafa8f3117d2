import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Controller, Get, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { createHttpApp } from './http-app.js';
import { loggerModule } from './logging.js';

@Controller()
class PingController {
  @Get('ping')
  ping(): object {
    return {};
  }
}
const logger = pino({ level: 'silent' });
@Module({ imports: [loggerModule(logger)], controllers: [PingController] })
class PingModule {}

let app: NestFastifyApplication | undefined;
afterEach(() => app?.close());

/** Starts an app that listens on this host, and returns the status of a request with the given host name, or names. */
async function statusFor(listensOn: string | undefined, host: string | string[]): Promise<number | undefined> {
  const options = { module: PingModule, logger, errors: () => undefined, maxConnections: 3, host: listensOn };
  app = await createHttpApp(options);
  await app.listen(0, '127.0.0.1');
  const port = Number(new URL(await app.getUrl()).port);
  return new Promise((resolve, reject) => {
    const sent = request(
      { port, host: '127.0.0.1', path: '/ping', headers: [host].flat().flatMap((one) => ['host', one]) },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      },
    );
    sent.on('error', reject).end();
  });
}

describe('when the app listens on its own machine alone', () => {
  it.each(['localhost:3000', '127.0.0.1:3000', '[::1]:3000', 'LOCALHOST'])(
    'and a request is for %s / serves it',
    async (host) => {
      expect(await statusFor('127.0.0.1', host)).toBe(200);
    },
  );

  it.each(['attacker.example', 'attacker.example:3000', '127.0.0.1.attacker.example', '10.0.0.1'])(
    'and a request is for %s / answers 421',
    async (host) => {
      expect(await statusFor('localhost', host)).toBe(421);
    },
  );
});

it('when the app listens on its own machine alone and a probe in HTTP/1.0 names no host / serves it', async () => {
  app = await createHttpApp({ module: PingModule, logger, errors: () => undefined, maxConnections: 3, host: '127.0.0.1' });
  await app.listen(0, '127.0.0.1');
  const socket = connect(Number(new URL(await app.getUrl()).port), '127.0.0.1');
  socket.write('GET /ping HTTP/1.0\r\n\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /);
});

it('when the app listens on all addresses / a request to any host is served', async () => {
  expect(await statusFor(undefined, 'api.example')).toBe(200);
});

it.each([undefined, 'localhost'])(
  'when a request has two Host headers, for an app that listens on %s / it is 400',
  async (host) => {
    expect(await statusFor(host, ['localhost', 'other.example'])).toBe(400);
  },
);
