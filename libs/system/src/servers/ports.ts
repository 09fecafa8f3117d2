import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { StartFailed } from './start-failed.js';

/**
 * Below what a system gives to outgoing connections (Linux: from 32,768 on): such a connection takes a free port before its server
 * starts, now and then.
 */
const PORTS = { from: 20_000, below: 32_768 } as const;
const ATTEMPTS = 100;
/** Those that were chosen here, whose servers may not have started yet. */
const chosen = new Set<number>();

/** A free port, each time another one. Another process may take it first: use it at once. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(PORTS.from, PORTS.below);
    if (chosen.has(port)) continue;
    chosen.add(port);
    if ((await portDefect(port)) === null) return port;
  }
  throw new Error(`No port from ${PORTS.from} on is free, after ${ATTEMPTS} attempts.`);
}

/** This many free ports. */
export const freePorts = (count: number): Promise<number[]> => Promise.all(Array.from({ length: count }, () => freePort()));

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
    if (outcome !== undefined) return `can't be listened on by this user (${outcome})`;
  }
  return null;
}

/** Listens on the port and closes it again. @returns the error's code, if it fails */
function listen(port: number, host: string | undefined): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, exclusive: true, ...(host !== undefined && { host }) }, () => {
      server.close(() => resolve(undefined));
    });
  });
}
