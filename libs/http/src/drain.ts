import { Server as NetServer, type Socket } from 'node:net';
import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';

/** How long connections are kept that nobody uses: whoever is about to use one is still served on it. */
const LINGER_MS = 2_000;
/** Requests under way have so long in all; then their connections are cut, so that what comes after them has its time. */
const LONGEST_REQUESTS_MS = 6_000;
/** A process that was told to end is gone by then, whatever hangs. */
const LONGEST_END_MS = 9_500;
const LOOK_EVERY_MS = 20;

/** Ends the serving of a process that was told to end, without cutting anybody off. */
@Injectable()
export class Drain implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Drain.name);
  private readonly unused = new Set<Socket>();
  private bySignal = false;
  /** Whether the end has begun: the process is no more ready, and goes on serving what comes all the same. */
  isUnderWay = false;

  /** @param noticeMs how long it serves on after it has said so, for balancers that go by its readiness */
  constructor(private readonly noticeMs: number) {}

  /** Watches the connections of a server from its beginning. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      this.unused.add(socket);
      socket.once('close', () => this.unused.delete(socket));
    });
    server.on('request', ({ socket }) => void this.unused.delete(socket));
  }

  async beforeApplicationShutdown(signal?: string): Promise<void> {
    this.isUnderWay = true;
    // An app that is closed by its own process, a test's, has nobody left to serve.
    if (signal === undefined) return;
    this.bySignal = true;
    this.logger.log({ msg: 'Ending.', signal });
    setTimeout(() => process.exit(1), this.noticeMs + LONGEST_END_MS).unref();
    await delay(this.noticeMs);
  }

  /**
   * Takes no more connections, and serves those that there are until each was told, with an answer, to close.
   * Trap: `http.Server.close` at once cuts those that look idle, while the next request may be on its way to us.
   */
  async finish(server: Server): Promise<void> {
    setTimeout(() => server.closeAllConnections(), LONGEST_REQUESTS_MS).unref();
    if (this.bySignal) {
      NetServer.prototype.close.call(server);
      for (const end = performance.now() + LINGER_MS; performance.now() < end && (await connections(server)) > 0;)
        await delay(LOOK_EVERY_MS);
    }
    // To Node a connection on which nothing ever came is not an idle one.
    for (const socket of this.unused) socket.destroy();
  }
}

const connections = (server: Server): Promise<number> =>
  new Promise((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count)));
