import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { openTelemetry } from './open-telemetry.js';

/** What is left of the ten seconds in which a process ends. */
const CLOSED_WITHIN_MS = 3_000;
let collector: Server;
const sockets: Socket[] = [];

beforeEach(async () => {
  collector = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(collector, 'listening');
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  collector.close();
});

const endsWithin = async (endpoint: string): Promise<number> => {
  const tracing = openTelemetry({ service: 'spec', version: '1', endpoint, share: 1 });
  tracing.begin('request').end();
  const begun = performance.now();
  await tracing.close();
  return performance.now() - begun;
};

it('when the collector accepts connections and never answers / closing ends', async () => {
  const { port } = collector.address() as AddressInfo;
  expect(await endsWithin(`http://127.0.0.1:${port}`)).toBeLessThan(CLOSED_WITHIN_MS);
});

it('when the collector is away / closing ends', async () => {
  const { port } = collector.address() as AddressInfo;
  collector.close();
  await once(collector, 'close');
  expect(await endsWithin(`http://127.0.0.1:${port}`)).toBeLessThan(CLOSED_WITHIN_MS);
});

it.each(['400 Bad Request', '429 Too Many Requests', '503 Service Unavailable'])(
  'when the collector answers %s / closing ends, and does not fail',
  async (status) => {
    const answer = `HTTP/1.1 ${status}\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n`;
    collector.on('connection', (socket) => socket.on('data', () => void socket.write(answer)));
    const { port } = collector.address() as AddressInfo;
    expect(await endsWithin(`http://127.0.0.1:${port}`)).toBeLessThan(CLOSED_WITHIN_MS);
  },
);
