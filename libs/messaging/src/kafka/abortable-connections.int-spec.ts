import { connect, createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { eventually } from '#app/system/testing';
import { AbortableConnections } from './abortable-connections.js';
import { createKafka } from './kafka-client.js';
import { LOCALHOST } from './localhost.fixtures.js';

let server: Server;
let peers: Socket[] = [];

afterEach(async () => {
  for (const peer of peers) peer.destroy();
  peers = [];
  await new Promise((resolve) => server.close(resolve));
});

async function listen(on: Server): Promise<number> {
  server = on;
  server.on('connection', (peer: Socket) => void peers.push(peer.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A line to a broker, which can be held. */
async function listenBefore(broker: Server): Promise<number> {
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
  const { port } = broker.address() as AddressInfo;
  const line = createTcpServer((near) => {
    const far = connect({ port, host: '127.0.0.1' }).on('error', () => undefined);
    near.pipe(far).pipe(near);
    near.once('close', () => far.destroy());
  });
  line.once('close', () => broker.close());
  return listen(line);
}

describe.each([
  ['a plain connection', false],
  ['a connection with TLS', true],
])('%s', (_, isTls) => {
  it('when it is aborted while its peer does not read / undelivered bytes are never delivered', async () => {
    const port = await listenBefore(isTls ? createTlsServer(LOCALHOST) : createTcpServer());
    const connections = new AbortableConnections();
    const connected = Promise.withResolvers<void>();
    const ssl = isTls ? { ca: LOCALHOST.cert } : (undefined as never);
    const socket = connections.run(() =>
      AbortableConnections.socketFactory({ host: '127.0.0.1', port, ssl, onConnect: connected.resolve }),
    );
    socket.on('error', () => undefined);
    await connected.promise;
    const [peer] = peers;
    // As a network does that lets nothing through: what is sent waits in the kernel of either side.
    peer!.unpipe().pause();
    const sent = 8_000_000;
    socket.write(Buffer.alloc(sent));
    await delay(300);
    const takenBefore = peer!.bytesRead;

    connections.abort();
    await delay(300);
    peer!.on('data', () => undefined).resume();
    await eventually(() => expect(peer!.destroyed || peer!.readableEnded).toBe(true));
    // What its kernel had taken already is lost with the reset, or read: never what waited on our side.
    expect(peer!.bytesRead - takenBefore).toBeLessThan(sent / 4);
  });

  it('when kafkajs ends it again and again after it was closed / it collects no listeners, of which Node would warn', async () => {
    const port = await listen(isTls ? createTlsServer(LOCALHOST) : createTcpServer());
    const connected = Promise.withResolvers<void>();
    const ssl = isTls ? { ca: LOCALHOST.cert } : (undefined as never);
    const socket = AbortableConnections.socketFactory({ host: '127.0.0.1', port, ssl, onConnect: connected.resolve });
    await connected.promise;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.destroy();
    await closed;
    for (let times = 0; times < 20; times++) socket.unref();
    expect(socket.listenerCount('connect')).toBe(0);
  });
});

describe('a connection with TLS to an address', () => {
  it('when the certificate is checked / it is checked for that address, not for localhost', async () => {
    const port = await listen(createTlsServer(LOCALHOST));
    const connected = Promise.withResolvers<void>();
    let checked = '';
    const ssl = { ca: LOCALHOST.cert, checkServerIdentity: (host: string) => void (checked = host) };
    const target = { host: '127.0.0.1', port, ssl: ssl as never, onConnect: connected.resolve };
    AbortableConnections.socketFactory(target).on('error', connected.reject);
    await connected.promise;
    expect(checked).toBe('127.0.0.1');
  });
});

describe('a client whose connections are cut', () => {
  it('when a request is under way / never reconnects, however often it retries', async () => {
    const port = await listen(createTcpServer((socket) => socket.resume()));
    const producer = createKafka({ brokers: [`127.0.0.1:${port}`], clientId: 'spec' }, new Logger('Kafka')).producer({
      retry: { retries: 5, initialRetryTime: 10, maxRetryTime: 20 },
    });
    const connections = new AbortableConnections();
    const connecting = connections.run(() => producer.connect());
    await new Promise((resolve) => server.once('connection', resolve));
    connections.abort();
    await expect(connecting).rejects.toThrow();
    expect(peers).toHaveLength(1);
    await producer.disconnect();
  });

  it('when it is still connecting / is never connected', async () => {
    const port = await listen(createTcpServer());
    let isConnected = false;
    const connections = new AbortableConnections();
    const target = { host: '127.0.0.1', port, ssl: undefined as never, onConnect: () => (isConnected = true) };
    connections.run(() => AbortableConnections.socketFactory(target)).on('error', () => undefined);
    connections.abort();
    await delay(200);
    expect(isConnected).toBe(false);
  });
});
