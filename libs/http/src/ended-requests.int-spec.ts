import { connect, type AddressInfo, type Socket } from 'node:net';
import { Controller, Get, Module, Post, Res } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '#app/system/testing';
import type { FastifyReply } from 'fastify';
import { pino } from 'pino';
import { createHttpApp } from './http-app.js';
import { loggerModule } from './logging.js';

let release = (): void => undefined;

@Controller()
class WaitingController {
  @Post('waits')
  waits(): Promise<object> {
    return new Promise((resolve) => (release = () => resolve({})));
  }

  /** Writes on its own, as streams do. */
  @Get('streams')
  streams(@Res() reply: FastifyReply): void {
    reply.hijack();
    reply.raw.writeHead(200).write('begun');
  }

  @Get('answers')
  answers(): object {
    return {};
  }
}
const lines: string[] = [];
const logger = pino({ base: { name: 'spec' } }, { write: (line: string) => void lines.push(line) });
@Module({ imports: [loggerModule(logger)], controllers: [WaitingController] })
class WaitingModule {}

let app: NestFastifyApplication;
let port: number;
beforeAll(async () => {
  app = await createHttpApp({ module: WaitingModule, logger, errors: () => undefined, maxConnections: 10 });
  await app.listen(0, '127.0.0.1');
  ({ port } = app.getHttpServer().address() as AddressInfo);
});
afterAll(() => app?.close());

function send(line: string, id: string): Socket {
  const head = `${line} HTTP/1.1\r\nHost: x\r\nX-Request-Id: ${id}\r\nContent-Length: 0\r\n\r\n`;
  return connect(port, '127.0.0.1', function (this: Socket) {
    this.write(head);
  }).on('error', () => undefined);
}
const linesOf = (id: string): object[] =>
  lines.map((line) => JSON.parse(line) as { requestId?: string }).filter(({ requestId }) => requestId === id);
async function countOf(labels: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const start = `contact_sync_http_request_duration_seconds_count{${labels}} `;
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(start))
      ?.slice(start.length) ?? 0,
  );
}

/** Sends a request whose answer waits, and lets its caller go. */
async function leftBy(leave: (socket: Socket) => void, id: string): Promise<void> {
  const before = release;
  const socket = send('POST /waits', id);
  await eventually(() => expect(release).not.toBe(before));
  leave(socket);
}

it.each([
  ['hangs up', 'hung-up', (socket: Socket) => void socket.end()],
  ['resets its connection', 'reset', (socket: Socket) => void socket.resetAndDestroy()],
])('when a caller %s before the answer / log and metrics have the request once, with 499', async (_, id, leave) => {
  const before = await countOf('method="POST",route="/waits",status="499"');
  await leftBy(leave, id);
  await eventually(() => expect(linesOf(id)).toHaveLength(1));
  release();
  expect(await countOf('method="POST",route="/waits",status="499"')).toBe(before + 1);
  expect(linesOf(id)).toMatchObject([{ method: 'POST', path: '/waits', status: 499, address: '127.0.0.1', msg: 'request' }]);
});

it('when a caller leaves a stream / log and metrics have it with the status of its head', async () => {
  const socket = send('GET /streams', 'stream');
  socket.once('data', () => socket.destroy());
  await eventually(() => expect(linesOf('stream')).toMatchObject([{ path: '/streams', status: 200 }]));
  expect(await countOf('method="GET",route="/streams",status="200"')).toBe(1);
});

it('when requests of one connection are answered / log and metrics have each once', async () => {
  const socket = send('GET /answers', 'first');
  socket.once('data', () => socket.write('GET /answers HTTP/1.1\r\nHost: x\r\nX-Request-Id: second\r\n\r\n'));
  for (const id of ['first', 'second']) await eventually(() => expect(linesOf(id)).toMatchObject([{ status: 200 }]));
  socket.destroy();
  expect(await countOf('method="GET",route="/answers",status="200"')).toBe(2);
});

it.each([
  ['GET /answers/%zz', 'undecodable', 400],
  ['OPTIONS *', 'asterisk', 404],
])('when %s is answered / log and metrics have it, as those of any route', async (line, id, status) => {
  const method = line.split(' ')[0]!;
  const labels = `method="${method}",route="none",status="${status}"`;
  const before = await countOf(labels);
  const socket = send(line, id);
  await eventually(() => expect(linesOf(id)).toMatchObject([{ method, status, address: '127.0.0.1' }]));
  socket.destroy();
  expect(await countOf(labels)).toBe(before + 1);
});
