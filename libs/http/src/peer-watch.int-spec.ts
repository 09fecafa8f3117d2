import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '#app/system/testing';
import { PeerWatch } from './peer-watch.js';

const LIMITS = { lookMs: 20, vanishedMs: 200, stalledMs: 200 };
const MUCH = Buffer.alloc(16 * 1024 * 1024);

let server: Server;
let client: Socket;
afterEach(() => {
  client.destroy();
  server.close();
});

/** The server's side of a connection to an address, and the client's. */
async function connected(host: string): Promise<Socket> {
  server = createServer().listen(0, '::');
  await new Promise((resolve) => server.once('listening', resolve));
  client = connect((server.address() as AddressInfo).port, host);
  client.on('error', () => undefined);
  const socket = await new Promise<Socket>((resolve) => server.once('connection', resolve));
  return socket.on('error', () => undefined);
}

describe.each(['127.0.0.1', '::1'])('when a client at %s', (host) => {
  it('does not read what was sent / its connection is given up within the limit', async () => {
    const socket = await connected(host);
    client.pause();
    let dead = false;
    const peers = new PeerWatch(LIMITS);
    peers.watch(socket, () => (dead = true));
    socket.write(MUCH);
    await eventually(() => expect(dead).toBe(true));
  });

  it('reads what is sent, or is sent nothing / its connection stays', async () => {
    const socket = await connected(host);
    client.resume();
    let dead = false;
    const peers = new PeerWatch(LIMITS);
    const unwatch = peers.watch(socket, () => (dead = true));
    for (let written = 0; written < 10; written++) {
      socket.write(`: ${written}\n`);
      await new Promise((resolve) => setTimeout(resolve, LIMITS.vanishedMs / 4));
    }
    expect(dead).toBe(false);
    unwatch();
    socket.destroy();
  });
});
