import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const require = createRequire(import.meta.url);
const openSocket = (require('kafkajs/src/network/socketFactory') as () => ISocketFactory)();

/**
 * All connections that some work with a kafkajs client opens, to be cut for good.
 *
 * Trap: a kafkajs `send` that is trying again reconnects a client that was disconnected, and delivers what was given up long ago.
 */
export class AbortableConnections {
  private static readonly current = new AsyncLocalStorage<AbortableConnections>();
  private readonly sockets = new Set<Socket>();
  private aborted = false;

  /** Opens a socket on the line of the work that asks for it; work outside any line opens one that nothing cuts. */
  static readonly socketFactory: ISocketFactory = (target) => {
    const line = AbortableConnections.current.getStore();
    if (line?.aborted) throw new Error('The line is cut.');
    const socket = openSocket(target);
    line?.sockets.add(socket);
    socket.once('close', () => line?.sockets.delete(socket));
    return socket;
  };

  /** Runs work whose connections belong to this line, those included that it opens when it tries again. */
  run<T>(work: () => T): T {
    return AbortableConnections.current.run(this, work);
  }

  /** Resets the connections, so that what was not sent yet is not sent any more, and refuses new ones. */
  abort(): void {
    this.aborted = true;
    for (const socket of this.sockets) cut(socket);
  }
}

/** A reset discards what the kernel still holds for a peer that takes nothing; under TLS there is none, and the end has to do. */
function cut(socket: Socket): void {
  const error = new Error('The line is cut.');
  // Trap: a socket that is reset while it connects still emits `connect`, and kafkajs then checks its requests for ever.
  if (socket instanceof TLSSocket || socket.connecting) return void socket.destroy(error);
  socket.resetAndDestroy();
  // To kafkajs requests under way fail by an error alone: of a mere close it takes no notice.
  socket.emit('error', error);
}
