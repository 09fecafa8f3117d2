import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createKafka } from './kafka-client.js';
import { AbortableConnections } from './abortable-connections.js';

/** A broker that takes connections and answers nothing. */
let server: Server;
let accepted = 0;
const sockets: Socket[] = [];

beforeEach(async () => {
  accepted = 0;
  server = createServer((socket) => {
    accepted++;
    sockets.push(socket);
    socket.on('error', () => undefined).resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  return new Promise((resolve) => server.close(resolve));
});

it('a client whose line is cut in the middle of a request connects no more, however often it tries again', async () => {
  const { port } = server.address() as AddressInfo;
  const producer = createKafka({ brokers: [`127.0.0.1:${port}`], clientId: 'spec' }, new Logger('Kafka')).producer({
    retry: { retries: 5, initialRetryTime: 10, maxRetryTime: 20 },
  });
  const line = new AbortableConnections();
  const connecting = line.run(() => producer.connect());
  await new Promise((resolve) => server.once('connection', resolve));
  line.abort();
  await expect(connecting).rejects.toThrow();
  expect(accepted).toBe(1);
  await producer.disconnect();
});

it('when a connection is aborted while it is opened / never tells the client that it is connected', async () => {
  const { port } = server.address() as AddressInfo;
  const connections = new AbortableConnections();
  let isConnected = false;
  const onConnect = (): void => void (isConnected = true);
  const socket = connections.run(() => AbortableConnections.socketFactory({ host: '127.0.0.1', port, onConnect } as never));
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  connections.abort();
  await closed;
  expect(isConnected).toBe(false);
});
