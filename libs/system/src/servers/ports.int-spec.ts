import { createServer, type Server } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { freePort, freePorts, portDefect, requirePort } from './ports.js';

let server: Server | undefined;
afterEach(() => void server?.close());

async function listenOn(host: string): Promise<number> {
  const port = await freePort();
  await new Promise<void>((done) => (server = createServer().listen(port, host, done)));
  return port;
}

it('when a port is free / it can be listened on', async () => {
  expect(await portDefect(await freePort())).toBeNull();
});

it('when a port is free / it is none that a system gives to an outgoing connection before its server starts', async () => {
  const ports = await freePorts(20);
  expect(ports.filter((port) => port >= 32_768)).toEqual([]);
});

it('when ports are asked for before the servers of former ones start / each is another one', async () => {
  const ports = new Set<number>();
  for (let asked = 0; asked < 800; asked++) ports.add(await freePort());
  expect(ports.size).toBe(800);
});

it.each(['127.0.0.1', '0.0.0.0'])('when a port is taken on %s / it cannot be listened on', async (host) => {
  expect(await portDefect(await listenOn(host))).toBe('is taken by another process');
});

it('when a port is taken / the message names the port and the setting', async () => {
  const port = await listenOn('127.0.0.1');
  const message = `Kafka: port ${port} is taken by another process. Stop what uses it, or set KAFKA_PORT to another port.`;
  await expect(requirePort('Kafka', port, 'KAFKA_PORT')).rejects.toThrow(message);
});
