import { createServer } from 'node:net';
import { StartFailed } from './start-failed.js';

const ANY_PORT = 0;

/** A free port. Another process may take it first: use it at once. */
export async function freePort(): Promise<number> {
  const port = await listen(ANY_PORT, '127.0.0.1');
  if (typeof port === 'string') throw new Error(`No port is free on 127.0.0.1: ${port}.`);
  return port;
}

/** This many different free ports. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

/** @throws {StartFailed} naming the setting, where a server can't listen on the port */
export async function requirePort(name: string, port: number, setting: string): Promise<void> {
  const defect = await portDefect(port);
  if (defect) throw new StartFailed(`${name}: port ${port} ${defect}. Stop what uses it, or set ${setting} to another port.`);
}

/** Why a server can't listen on this port, on the loopback address or on all addresses; null where it can. */
export async function portDefect(port: number): Promise<string | null> {
  for (const host of ['127.0.0.1', undefined]) {
    const outcome = await listen(port, host);
    if (outcome === 'EADDRINUSE') return 'is taken by another process';
    if (typeof outcome === 'string') return `can't be listened on by this user (${outcome})`;
  }
  return null;
}

/** Listens on the port and closes it again; returns the port, or the error's code. */
function listen(port: number, host: string | undefined): Promise<number | string> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, exclusive: true, ...(host !== undefined && { host }) }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 'no address'));
    });
  });
}
