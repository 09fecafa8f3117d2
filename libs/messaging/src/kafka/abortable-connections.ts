import { AsyncLocalStorage } from 'node:async_hooks';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { hostOf } from './seed-address.js';

const KEEP_ALIVE_DELAY_MS = 60_000;

/** A connection: the socket that kafkajs uses, and the TCP socket under it. Without TLS both are the same. */
interface Connection {
  socket: Socket;
  tcp: Socket;
}

/**
 * All connections that a piece of work opens with a kafkajs client, so that they can be aborted for good.
 *
 * Trap: a kafkajs `send` that retries reconnects a disconnected client, and delivers records that were given up long before.
 */
export class AbortableConnections {
  private static readonly current = new AsyncLocalStorage<AbortableConnections>();
  private readonly open = new Set<Connection>();
  private aborted = false;

  /** Opens a socket that belongs to the work that asks for it. A socket opened outside such work is never aborted. */
  static readonly socketFactory: ISocketFactory = (target) => {
    const connections = AbortableConnections.current.getStore();
    if (connections?.aborted) throw new Error('The connections are cut.');
    const connection = openConnection(target);
    connections?.open.add(connection);
    const { socket } = connection;
    socket.once('close', () => {
      connections?.open.delete(connection);
      // Trap: kafkajs unrefs a closed socket at each of its disconnects, and Node adds a listener each time, which waits for it to connect.
      socket.unref = () => socket;
    });
    return socket;
  };

  /** Runs work whose connections belong here, including those of its retries. */
  run<T>(work: () => T): T {
    return AbortableConnections.current.run(this, work);
  }

  /** Resets the connections, so that unsent bytes are dropped, and refuses new ones. */
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
  // Trap: without a name or a host Node checks the certificate for `localhost`; an address is no name to send.
  const socket = connectTls({ socket: tcp, host, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect);
  tcp.once('error', (error) => socket.destroy(error));
  return { socket, tcp };
}

/**
 * A reset drops what the kernel still holds for a peer that does not read.
 * Traps: a TLS socket has no reset, so the TCP socket under it is reset; a connecting socket would otherwise finish connecting.
 */
function cut({ socket, tcp }: Connection): void {
  const error = new Error('The connections are cut.');
  if (tcp.connecting) tcp.destroy();
  else tcp.resetAndDestroy();
  // kafkajs fails the requests under way only at an error; it ignores a mere close.
  if (socket === tcp) socket.emit('error', error);
  else socket.destroy(error);
}
