import { createServer, type Server, Socket } from 'node:net';

/**
 * What becomes of bytes on their way.
 * - `pass`: they arrive.
 * - `hold`: they wait, in both directions, as behind a host that does not answer.
 * - `mute`: requests arrive, answers never do; a connection that was muted stays so.
 * - `refuse`: nobody listens, and who was connected is cut off.
 */
export type ProxyMode = 'pass' | 'hold' | 'mute' | 'refuse';

/** One connection and its other half. */
interface Link {
  client: Socket;
  server: Socket;
  /** The first bytes that the client sent: PostgreSQL's hold the name of the application. */
  greeting: string;
  /** No bytes pass any more, and nobody is told: a cable that was pulled. */
  dead: boolean;
  muted: boolean;
}

/** Stands between two parts of the system, on a port of its own, and can fail as networks do. */
export class TcpProxy {
  private mode: ProxyMode = 'pass';
  private delayMs = 0;
  private readonly links = new Set<Link>();
  private server: Server | undefined;

  constructor(
    readonly port: number,
    private readonly targetPort: number,
  ) {}

  async open(): Promise<void> {
    if (this.server) return;
    const server = createServer((client) => this.connect(client));
    this.server = server;
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(this.port, '127.0.0.1', resolve));
  }

  async set(mode: ProxyMode): Promise<void> {
    this.mode = mode;
    if (mode === 'refuse') return this.shut();
    for (const link of this.links) {
      if (mode === 'mute') link.muted = true;
      for (const socket of [link.client, link.server])
        if (mode === 'hold') socket.pause();
        else socket.resume();
    }
    await this.open();
  }

  /** Has every chunk arrive so much later. */
  slow(delayMs: number): void {
    this.delayMs = delayMs;
  }

  /** Resets the connections that there are; new ones are taken as ever. */
  cut(): void {
    for (const link of this.links) destroy(link);
  }

  /** Lets the connections that there are go dead without a word, those whose greeting holds a text. */
  pull(greeting = ''): number {
    const chosen = [...this.links].filter((link) => link.greeting.includes(greeting));
    for (const link of chosen) link.dead = true;
    return chosen.length;
  }

  async close(): Promise<void> {
    await this.shut();
  }

  private async shut(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    this.cut();
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  private connect(client: Socket): void {
    const server = new Socket();
    const link: Link = { client, server, greeting: '', dead: false, muted: this.mode === 'mute' };
    this.links.add(link);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.links.delete(link);
        // Of a pulled cable the other end hears nothing.
        if (!link.dead) destroy(link);
      });
      if (this.mode === 'hold') socket.pause();
    }
    client.on('data', (chunk) => {
      if (link.greeting === '') link.greeting = chunk.toString('latin1');
      if (!link.dead) this.forward(server, chunk);
    });
    server.on('data', (chunk) => {
      if (!link.dead && !link.muted) this.forward(client, chunk);
    });
    server.connect(this.targetPort, '127.0.0.1');
  }

  private forward(to: Socket, chunk: Buffer): void {
    if (this.delayMs === 0) to.write(chunk);
    else setTimeout(() => to.write(chunk), this.delayMs).unref();
  }
}

function destroy({ client, server }: Link): void {
  client.resetAndDestroy();
  server.destroy();
}
