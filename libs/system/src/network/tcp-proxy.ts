import { createServer, type AddressInfo, type Server, Socket } from 'node:net';

/**
 * A proxy's treatment of bytes and connections.
 * - `pass`: bytes arrive.
 * - `hold`: bytes wait in both directions, as behind a host that does not answer.
 * - `mute`: requests arrive, answers are lost. A connection that was muted stays muted.
 * - `lose`: bytes are lost in both directions. A connection that has lost bytes stays dead.
 * - `refuse`: connections are reset, and new ones are refused.
 */
export type ProxyMode = 'pass' | 'hold' | 'mute' | 'lose' | 'refuse';

/** A connection of a client and its connection to the server. */
interface Link {
  client: Socket;
  server: Socket;
  /** The first bytes that the client sent; PostgreSQL's contain the application name. */
  greeting: string;
  /** Bytes pass no more and neither end is notified, as when a cable is pulled. */
  dead: boolean;
  muted: boolean;
}

/** A proxy between two parts of the system, on its own port, that fails like a network. */
export class TcpProxy {
  private mode: ProxyMode = 'pass';
  private delayMs = 0;
  private readonly links = new Set<Link>();
  private server: Server | undefined;

  private constructor(
    readonly port: number,
    readonly targetPort: number,
  ) {}

  /** Opens a proxy to a port of 127.0.0.1. */
  static async open(targetPort: number, port = 0): Promise<TcpProxy> {
    const server = createServer();
    await listen(server, port);
    const proxy = new TcpProxy((server.address() as AddressInfo).port, targetPort);
    proxy.serve(server);
    return proxy;
  }

  /** The same URL, by way of this proxy. */
  through(url: string): string {
    return Object.assign(new URL(url), { host: `127.0.0.1:${this.port}` }).href;
  }

  async set(mode: ProxyMode): Promise<void> {
    this.mode = mode;
    if (mode === 'refuse') return this.close();
    for (const link of this.links) this.apply(mode, link);
    if (this.server) return;
    const server = createServer();
    await listen(server, this.port);
    this.serve(server);
  }

  /** Delays every chunk by so many milliseconds. */
  slow(delayMs: number): void {
    this.delayMs = delayMs;
  }

  /** Resets the present connections; new ones are accepted as before. */
  cut(): void {
    for (const link of this.links) destroy(link);
  }

  /**
   * Makes present connections whose greeting contains a text go dead without notice.
   * @returns how many
   */
  pull(greeting = ''): number {
    const chosen = [...this.links].filter((link) => !link.dead && link.greeting.includes(greeting));
    for (const link of chosen) link.dead = true;
    return chosen.length;
  }

  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    this.cut();
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  private serve(server: Server): void {
    this.server = server;
    server.on('connection', (client) => this.connect(client));
  }

  private apply(mode: ProxyMode, link: Link): void {
    if (mode === 'mute') link.muted = true;
    if (mode === 'lose') link.dead = true;
    for (const socket of [link.client, link.server])
      if (mode === 'hold') socket.pause();
      else socket.resume();
  }

  private connect(client: Socket): void {
    const server = new Socket();
    const link: Link = { client, server, greeting: '', dead: false, muted: false };
    this.links.add(link);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        // A dead one keeps its other end open, which is to be closed with the proxy.
        if (!link.dead) destroy(link);
        if (client.destroyed && server.destroyed) this.links.delete(link);
      });
    }
    client.on('data', (chunk: Buffer) => {
      if (link.greeting === '') link.greeting = chunk.toString('latin1');
      if (!link.dead) this.forward(server, chunk);
    });
    server.on('data', (chunk: Buffer) => {
      if (!link.dead && !link.muted) this.forward(client, chunk);
    });
    this.apply(this.mode, link);
    server.connect(this.targetPort, '127.0.0.1');
  }

  private forward(to: Socket, chunk: Buffer): void {
    if (this.delayMs === 0) to.write(chunk);
    else setTimeout(() => to.write(chunk), this.delayMs).unref();
  }
}

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', () => resolve()));

function destroy({ client, server }: Link): void {
  client.resetAndDestroy();
  server.destroy();
}
