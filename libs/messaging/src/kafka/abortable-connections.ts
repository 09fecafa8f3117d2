import { AsyncLocalStorage } from 'node:async_hooks';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { hostOf } from './seed-address.js';

const KEEP_ALIVE_DELAY_MS = 60_000;

/** A connection: what kafkajs reads and writes, and the TCP socket beneath it, which is the same where there is no TLS. */
interface Connection {
  socket: Socket;
  tcp: Socket;
}

/**
 * All connections that some work with a kafkajs client opens, to be cut for good.
 *
 * Trap: a kafkajs `send` that is trying again reconnects a client that was disconnected, and delivers what was given up long ago.
 */
export class AbortableConnections {
  private static readonly current = new AsyncLocalStorage<AbortableConnections>();
  private readonly open = new Set<Connection>();
  private aborted = false;

  /** Opens a socket among the connections of the work that asks for it; work outside any opens one that nothing cuts. */
  static readonly socketFactory: ISocketFactory = (target) => {
    const connections = AbortableConnections.current.getStore();
    if (connections?.aborted) throw new Error('The connections are cut.');
    const connection = openConnection(target);
    connections?.open.add(connection);
    connection.socket.once('close', () => connections?.open.delete(connection));
    return connection.socket;
  };

  /** Runs work whose connections belong here, those included that it opens when it tries again. */
  run<T>(work: () => T): T {
    return AbortableConnections.current.run(this, work);
  }

  /** Resets the connections, so that what was not sent yet is not sent any more, and refuses new ones. */
  abort(): void {
    this.aborted = true;
    for (const connection of this.open) cut(connection);
  }
}

function openConnection({ host: seed, port, ssl, onConnect }: Parameters<ISocketFactory>[0]): Connection {
  const host = hostOf(seed);
  const tcp = connectTcp({ host, port });
  tcp.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
  if (!ssl) return { socket: tcp.once('connect', onConnect), tcp };
  const socket = connectTls({ socket: tcp, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect);
  tcp.once('error', (error) => socket.destroy(error));
  return { socket, tcp };
}

/**
 * A reset discards what the kernel still holds for a peer that takes nothing.
 * Traps: a TLS socket has no reset, so the one beneath it is reset; a socket that is still connecting would be connected first.
 */
function cut({ socket, tcp }: Connection): void {
  const error = new Error('The connections are cut.');
  if (tcp.connecting) tcp.destroy();
  else tcp.resetAndDestroy();
  // To kafkajs requests under way fail by an error alone: of a mere close it takes no notice.
  if (socket === tcp) socket.emit('error', error);
  else socket.destroy(error);
}
