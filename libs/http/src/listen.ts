import { createServer, type AddressInfo, type Server as NetServer } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Drain } from './drain.js';

/** Where an app listens. */
export interface ListenAddress {
  port: number;
  /** A name or address; `localhost` for 127.0.0.1 and ::1; undefined for all addresses, IPv6 and IPv4. */
  host: string | undefined;
}

/** Starts to listen. Without a host, and on localhost, a machine without IPv6 is served on IPv4 only. */
export async function listenOn(app: NestFastifyApplication, { port, host }: ListenAddress): Promise<void> {
  if (host === 'localhost') return listenOnLoopback(app, port);
  try {
    await app.listen(port, host ?? '::');
  } catch (error) {
    if (host !== undefined || !isWithoutIpv6(error)) throw error;
    await app.listen(port, '0.0.0.0');
  }
}

/**
 * Listens on 127.0.0.1 and ::1, whatever `localhost` resolves to.
 * Fastify's own second server is not used: it has neither the limit on connections nor {@link Drain}.
 */
async function listenOnLoopback(app: NestFastifyApplication, port: number): Promise<void> {
  await app.listen(port, '127.0.0.1');
  const server = app.getHttpServer();
  const second = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => server.emit('connection', socket));
  second.maxConnections = server.maxConnections;
  try {
    await listening(second, (server.address() as AddressInfo).port);
    app.get(Drain).alsoFrom(second);
  } catch (error) {
    if (!isWithoutIpv6(error)) throw error;
  }
}

const listening = (server: NetServer, port: number): Promise<void> =>
  new Promise((resolve, reject) => server.once('error', reject).listen(port, '::1', () => resolve()));

const isWithoutIpv6 = (error: unknown): boolean =>
  ['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes((error as NodeJS.ErrnoException).code ?? '');
