import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createKafka } from './kafka-client.js';
import { AbortableConnections } from './abortable-connections.js';

/** A broker that takes connections and answers nothing. */
let server: Server;
let accepted = 0;

beforeEach(async () => {
  accepted = 0;
  server = createServer((socket) => {
    accepted++;
    socket.on('error', () => undefined).resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

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
