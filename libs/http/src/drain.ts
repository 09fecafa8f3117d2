import { Server as NetServer, type Socket } from 'node:net';
import type { Server } from 'node:http';
import { setImmediate as acceptedAll, setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';

/** How long idle connections stay open, so that a client that is just sending a request still gets an answer. */
const LINGER_MS = 2_000;
/** Time for all requests under way; then their connections are aborted, so that later steps of the shutdown have time. */
const LONGEST_REQUESTS_MS = 6_000;
/** The process has ended by then, even if a step hangs. */
const LONGEST_END_MS = 9_500;
const LOOK_EVERY_MS = 20;

/** Ends the serving of a process that received a signal, without breaking off requests. */
@Injectable()
export class Drain implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Drain.name);
  private readonly unused = new Set<Socket>();
  private readonly further: NetServer[] = [];
  private bySignal = false;
  /** Whether the shutdown has begun: the process is no longer ready, but still serves requests. */
  isUnderWay = false;

  /** @param noticeMs how long it still serves while it reports not ready, for balancers that check readiness */
  constructor(private readonly noticeMs: number) {}

  /** Tracks the connections of a server from its start. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      this.unused.add(socket);
      socket.once('close', () => this.unused.delete(socket));
    });
    server.on('request', ({ socket }) => void this.unused.delete(socket));
  }

  /** Adds a server that passes its connections to the watched one. */
  alsoFrom(server: NetServer): void {
    this.further.push(server);
  }

  async beforeApplicationShutdown(signal?: string): Promise<void> {
    this.isUnderWay = true;
    // An app closed by its own process, in a test, has no clients left.
    if (signal === undefined) return;
    this.bySignal = true;
    this.logger.log({ msg: 'Shutting down.', signal });
    setTimeout(() => process.exit(1), this.noticeMs + LONGEST_END_MS).unref();
    await delay(this.noticeMs);
  }

  /**
   * Accepts no more connections, and serves the open ones until an answer has asked each client to close.
   * Trap: `http.Server.close` ends idle connections at once, while their next request may be on its way.
   */
  async finish(server: Server): Promise<void> {
    setTimeout(() => server.closeAllConnections(), LONGEST_REQUESTS_MS).unref();
    // The kernel resets a connection that was not accepted yet; the event loop has just accepted all of them when it comes here.
    await acceptedAll();
    for (const other of this.further) other.close();
    if (this.bySignal) {
      NetServer.prototype.close.call(server);
      for (
        const end = performance.now() + LINGER_MS;
        performance.now() < end && (await connections([server, ...this.further])) > 0;
      )
        await delay(LOOK_EVERY_MS);
    }
    // Node does not count a connection without any request as idle.
    for (const socket of this.unused) socket.destroy();
  }
}

async function connections(servers: readonly NetServer[]): Promise<number> {
  const counts = servers.map(
    (server) => new Promise<number>((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count))),
  );
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}
