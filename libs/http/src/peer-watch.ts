import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import ipaddr from 'ipaddr.js';

/** How often connections are checked, and how long a peer may accept nothing. */
interface PeerLimits {
  lookMs: number;
  /** While the kernel retransmits the same bytes: the peer does not answer. */
  vanishedMs: number;
  /** While the peer answers, but has no room. */
  stalledMs: number;
}

/** With a comment each 15 s, a lost peer is detected within a minute. */
const LIMITS: PeerLimits = { lookMs: 5_000, vanishedMs: 35_000, stalledMs: 60_000 };

interface Watched {
  onDead: () => void;
  /** Number of bytes that the peer has acknowledged, and since when it has not grown. */
  confirmed: number;
  since: number;
}

/** The kernel's view of a connection: bytes that the peer has not acknowledged, and whether they are retransmitted. */
interface Unconfirmed {
  bytes: number;
  repeating: boolean;
}

/**
 * Detects peers that accept no bytes and send no answer.
 * TCP gives up only after some 15 minutes, and Node can't change that time. Linux shows each connection's send queue in
 * `/proc/net/tcp`; on other systems the bytes that the kernel has not taken yet are all that is known.
 */
export class PeerWatch {
  private readonly watched = new Map<Socket, Watched>();
  private timer: NodeJS.Timeout | undefined;
  private looking = false;

  constructor(private readonly limits: PeerLimits = LIMITS) {}

  /** Watches a connection until it closes, or until the returned function is called. @param onDead called once */
  watch(socket: Socket, onDead: () => void): () => void {
    this.watched.set(socket, { onDead, confirmed: 0, since: performance.now() });
    const unwatch = (): void => {
      this.watched.delete(socket);
      if (this.watched.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
    socket.once('close', unwatch);
    this.timer ??= setInterval(() => void this.look(), this.limits.lookMs).unref();
    return unwatch;
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    const queues = await sendQueues().finally(() => (this.looking = false));
    const now = performance.now();
    for (const [socket, peer] of this.watched) {
      const { bytes = 0, repeating = false } = queues?.get(connectionOf(socket)) ?? {};
      const waiting = queues ? bytes : socket.writableLength;
      const confirmed = socket.bytesWritten - socket.writableLength - bytes;
      if (waiting === 0 || confirmed > peer.confirmed) {
        Object.assign(peer, { confirmed, since: now });
      } else if (now - peer.since >= (repeating ? this.limits.vanishedMs : this.limits.stalledMs)) {
        this.watched.delete(socket);
        peer.onDead();
      }
    }
  }
}

/** `sl local remote state send:receive timer:when retransmits …`; timer 1 retransmits unacknowledged bytes. */
const LINE = /^\s*\d+: ([0-9A-F]+:[0-9A-F]{4}) ([0-9A-F]+:[0-9A-F]{4}) [0-9A-F]{2} ([0-9A-F]{8}):[0-9A-F]{8} (\d\d):/;

/** The send queues by connection; undefined where the system does not show them. */
async function sendQueues(): Promise<Map<string, Unconfirmed> | undefined> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((table) => readFile(`/proc/net/${table}`, 'latin1').catch(() => '')));
  if (tables.every((table) => table === '')) return undefined;
  const queues = new Map<string, Unconfirmed>();
  for (const line of tables.join('\n').split('\n')) {
    const [, local, remote, bytes, timer] = LINE.exec(line) ?? [];
    if (bytes && bytes !== '00000000')
      queues.set(`${local} ${remote}`, { bytes: Number.parseInt(bytes, 16), repeating: timer === '01' });
  }
  return queues;
}

function connectionOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  if (!localAddress || !remoteAddress) return '';
  return `${endpoint(localAddress, localPort)} ${endpoint(remoteAddress, remotePort)}`;
}

/** The kernel's notation: each 32 bits of the address with the last byte first. */
function endpoint(address: string, port = 0): string {
  const bytes = Buffer.from(ipaddr.parse(address).toByteArray());
  return `${bytes.swap32().toString('hex').toUpperCase()}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}
