import { createServer, type Server } from 'node:http';
import { createConnection, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PeerWatch } from '#app/http';
import { SlowReader, write } from './response-writer.js';

const STALLED_MS = 1_500;
const peers = new PeerWatch({ lookMs: 100, vanishedMs: STALLED_MS, stalledMs: STALLED_MS });
/** Far less than the limit: a busy machine is late with it. */
const SIP_MS = 50;
const MANY = 'x'.repeat(64 * 1024);
let server: Server;
/** How the response of the last request ended. */
let ended: Promise<unknown>;

beforeAll(async () => {
  server = createServer(({ url }, response) => {
    const emit = response.emit.bind(response);
    // As Node does it now and then: no event tells that the buffer is empty again.
    if (url === '/without-drain') response.emit = (name: string, ...event: unknown[]) => name !== 'drain' && emit(name, ...event);
    peers.watch(response.socket!, () => response.destroy());
    ended = (async () => {
      for (let count = 0; count < 200; count++) await write(response, MANY);
      response.end();
      return 'complete';
    })().catch((error: unknown) => error);
    void ended.then((outcome) => outcome instanceof SlowReader && response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterAll(() => void server.close());

const ask = (path = '/'): Promise<Socket> =>
  new Promise((connected) => {
    const socket = createConnection((server.address() as AddressInfo).port, '127.0.0.1', () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      socket.once('data', () => connected(socket));
    });
  });

describe('a response to a slow reader', () => {
  it('when the socket takes all bytes and the response emits no drain / goes on', async () => {
    const socket = await ask('/without-drain');
    socket.on('data', () => undefined);
    expect(await ended).toBe('complete');
    socket.destroy();
  });

  it('when the reader takes nothing for the limit / is cut', async () => {
    const socket = await ask();
    socket.pause();
    expect(await ended).toBeInstanceOf(SlowReader);
    socket.destroy();
  });

  it('when the reader takes a little now and then / goes on', async () => {
    const socket = await ask();
    const sip = setInterval(() => (socket.isPaused() ? socket.resume() : socket.pause()), SIP_MS);
    socket.on('data', () => undefined);
    expect(await ended).toBe('complete');
    clearInterval(sip);
    socket.destroy();
  });
});
