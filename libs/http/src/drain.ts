import { Server as NetServer, type Socket } from 'node:net';
import type { Server } from 'node:http';
import { setImmediate as nextPass, setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, ShutdownSignal, type BeforeApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { stopListening } from './stop-listening.js';

/** How long idle connections stay open, so that a client that is just sending a request still gets an answer. */
const LINGER_MS = 2_000;
/** Time for all requests under way; then their connections are aborted, so that later steps of the shutdown have time. */
const LONGEST_REQUESTS_MS = 6_000;
/** The process has ended by then, counted from the end of the notice, even if a step hangs. */
const LONGEST_END_MS = 9_500;
const LOOK_EVERY_MS = 20;
const SIGNALS = Object.values(ShutdownSignal);

/** Ends the serving of a process that received a signal, without breaking off requests. */
@Injectable()
export class Drain implements OnModuleDestroy, BeforeApplicationShutdown {
  private readonly logger = new Logger(Drain.name);
  private readonly unused = new Set<Socket>();
  private readonly servers: NetServer[] = [];
  private bySignal = false;
  private readonly noteSignal = (): void => void (this.bySignal = true);
  /** Requests that are served when listening has ended. */
  private waiting: (() => void)[] | undefined;
  /** Whether the shutdown has begun: the process is no longer ready, but still serves requests. */
  isUnderWay = false;

  /** @param noticeMs how long it still serves while it reports not ready, for balancers that check readiness */
  constructor(private readonly noticeMs: number) {}

  /** Notes a signal that ends the process: Nest tells only late hooks of it, and steps before them can hang. */
  noteSignals(): void {
    for (const signal of SIGNALS) process.once(signal, this.noteSignal);
  }

  /** Tracks the connections of a server from its start. */
  watch(server: Server): void {
    this.servers.push(server);
    server.on('connection', (socket: Socket) => {
      this.unused.add(socket);
      socket.once('close', () => this.unused.delete(socket));
    });
    server.on('request', ({ socket }) => void this.unused.delete(socket));
  }

  /** Adds a server that passes its connections to the watched one. */
  alsoFrom(server: NetServer): void {
    this.servers.push(server);
  }

  /**
   * Runs before each `beforeApplicationShutdown` of the app: all parts of it serve until the notice is over.
   */
  async onModuleDestroy(): Promise<void> {
    this.isUnderWay = true;
    for (const signal of SIGNALS) process.off(signal, this.noteSignal);
    if (this.noticeMs > 0)
      this.logger.log({ msg: 'Not ready from now on, and shutting down after the notice.', noticeMs: this.noticeMs });
    await delay(this.noticeMs);
    if (this.bySignal) setTimeout(() => process.exit(1), LONGEST_END_MS).unref();
  }

  async beforeApplicationShutdown(signal?: string): Promise<void> {
    // An app closed by its own process, in a test, has no clients left.
    if (!this.bySignal) return;
    this.logger.log({ msg: 'Shutting down.', signal });
    // Before `finish`: there, answers ask clients to close, and each would connect again while this process still listened.
    this.waiting = [];
    await stopListening(this.servers, closeListener);
    const { waiting } = this;
    this.waiting = undefined;
    for (const serve of waiting) serve();
  }

  /** Serves a request, at once but for the moment in which listening ends: a client that has no answer opens no further connection. */
  admit(serve: () => void): void {
    if (this.waiting) this.waiting.push(serve);
    else serve();
  }

  /** Serves the open connections until an answer has asked each client to close. */
  async finish(server: Server): Promise<void> {
    setTimeout(() => server.closeAllConnections(), LONGEST_REQUESTS_MS).unref();
    if (this.bySignal) {
      for (const end = performance.now() + LINGER_MS; performance.now() < end && (await connections(this.servers)) > 0;)
        await delay(LOOK_EVERY_MS);
      // Reads the requests that have just arrived: their connections are not idle.
      await nextPass();
    } else for (const each of this.servers) closeListener(each);
    // Node does not count a connection without any request as idle.
    for (const socket of this.unused) socket.destroy();
  }
}

/** Trap: `http.Server.close` ends idle connections at once, while their next request may be on its way. */
const closeListener = (server: NetServer): void => void NetServer.prototype.close.call(server);

async function connections(servers: readonly NetServer[]): Promise<number> {
  const counts = servers.map(
    (server) => new Promise<number>((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count))),
  );
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}
