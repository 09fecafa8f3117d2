import { Agent, createServer, request, type Server } from 'node:http';
import { Server as NetServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stopListening } from './stop-listening.js';

const CONNECTIONS = 100;

let server: Server;
const agent = new Agent();

beforeEach(async () => {
  server = createServer((_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => void server.closeAllConnections());

/** A request on a connection of its own. @returns its status, or the code of its error */
function send(port: number): Promise<number | string> {
  return new Promise((resolve) => {
    const sent = request({ port, host: '127.0.0.1', agent }, (response) => resolve(response.resume().statusCode!));
    sent.on('error', ({ code = '' }: NodeJS.ErrnoException) => resolve(code));
    sent.end();
  });
}

const stop = (): Promise<void> => stopListening([server], (each) => NetServer.prototype.close.call(each));

describe('a server that stops listening', () => {
  it('when connections wait to be accepted / serves each, and refuses the next', async () => {
    const { port } = server.address() as AddressInfo;
    const waiting = Array.from({ length: CONNECTIONS }, () => send(port));
    await stop();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([200]));
    expect(await send(port)).toBe('ECONNREFUSED');
  });

  it('when connections come without end / stops all the same', async () => {
    const { port } = server.address() as AddressInfo;
    const untilRefused = async (): Promise<void> => {
      while ((await send(port)) !== 'ECONNREFUSED');
    };
    const callers = Array.from({ length: 10 }, untilRefused);
    await stop();
    await Promise.all(callers);
  });
});
