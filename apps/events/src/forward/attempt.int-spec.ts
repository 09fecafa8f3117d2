import { createServer, type RequestListener } from 'node:http';
import { createServer as createRawServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { deliver, type Attempt } from './attempt.js';

/** Ports that `fetch` and browsers refuse to connect to, and that services listen on. */
const REFUSED_BY_FETCH = [10_080, 6_000, 6_665, 6_666, 6_667, 6_668, 6_669, 6_697];

const servers: Server[] = [];

afterEach(() => servers.splice(0).forEach((server) => server.close()));

/** @returns the port on which it listens; undefined if none of these is free */
async function listenAt(server: Server, ports: readonly number[] = [0]): Promise<number | undefined> {
  for (const port of ports) {
    const isListening = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isListening) continue;
    servers.push(server);
    return (server.address() as AddressInfo).port;
  }
  return undefined;
}

/** Sends one event to a port. */
async function sendTo(port: number | undefined): Promise<{ isDone: boolean; attempts: Attempt[] }> {
  const attempts: Attempt[] = [];
  const isDone = await deliver({
    url: `http://127.0.0.1:${port}/hook`,
    timeoutMs: 5_000,
    attempts: 1,
    request: () => ({ headers: { 'ce-id': '1' }, body: '{"a":"é"}' }),
    signal: new AbortController().signal,
    onAttempt: (attempt) => attempts.push(attempt),
    inTurn: (work) => work(),
  });
  return { isDone, attempts };
}

const answering = (listener: RequestListener) => listenAt(createServer(listener));
/** Answers each request with these bytes, and closes. */
const saying = (bytes: string) =>
  listenAt(createRawServer((socket: Socket) => void socket.once('data', () => socket.end(bytes)).on('error', () => undefined)));

describe('an attempt to deliver', () => {
  it('when the receiver listens on a port that browsers refuse / is made', async () => {
    const server = createServer((_, response) => response.writeHead(204).end());
    expect(await sendTo(await listenAt(server, REFUSED_BY_FETCH))).toMatchObject({ isDone: true, attempts: [{ status: 204 }] });
  });

  it('when the answer is no HTTP / says so', async () => {
    const { isDone, attempts } = await sendTo(await saying('SSH-2.0-OpenSSH_9.9\r\n'));
    expect([isDone, attempts]).toEqual([false, [expect.objectContaining({ status: null, reason: 'HPE_INVALID_CONSTANT' })]]);
  });

  it('when an answer of 2xx has no end / is done, and the connection is closed', async () => {
    const closed = Promise.withResolvers<void>();
    const port = await answering((_, response) => {
      response.writeHead(200).write('x');
      const more = setInterval(() => response.write('x'), 10);
      response.on('close', () => (clearInterval(more), closed.resolve()));
    });
    expect(await sendTo(port)).toMatchObject({ isDone: true, attempts: [{ status: 200 }] });
    await closed.promise;
  });

  it('when the answer is complete / the next attempt has the same connection', async () => {
    const connections = new Set<Socket>();
    const port = await answering(({ socket }, response) => {
      connections.add(socket);
      response.end('taken');
    });
    await sendTo(port);
    await sendTo(port);
    expect(connections.size).toBe(1);
  });

  it.each([
    ['1xx come before the answer', 'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n\r\n', 200],
    ['a redirection is answered', 'HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n', 307],
    ['the answer is cut after its head', 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx', 200],
    ['the answer has a body that it may not have', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello', 204],
  ])('when %s / its status is that of the answer', async (_, bytes, status) => {
    expect((await sendTo(await saying(bytes))).attempts).toEqual([expect.objectContaining({ status })]);
  });

  it('when the protocol is switched / there is no answer', async () => {
    const { attempts } = await sendTo(
      await saying('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    );
    expect(attempts).toEqual([expect.objectContaining({ status: null, reason: 'closed without an answer' })]);
  });
});
