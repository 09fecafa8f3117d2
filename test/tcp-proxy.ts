import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

/** A line to a server that can be cut: by one who refuses, or by one who takes everything and answers nothing. */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private silent = false;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async to(target: URL): Promise<TcpProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new TcpProxy(server, (server.address() as AddressInfo).port);
    server.on('connection', (socket) => proxy.join(socket, connect(Number(target.port), target.hostname)));
    return proxy;
  }

  /** The same address, by way of this line. */
  through(url: string): string {
    const address = new URL(url);
    address.host = `127.0.0.1:${this.port}`;
    return address.href;
  }

  /** From now on all that is sent is lost, on the connections that there are and on new ones. */
  swallow(): void {
    this.silent = true;
  }

  /** Resets what is connected and refuses what comes. */
  async refuse(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.reset();
    await closed;
  }

  /** New connections work again; those from before stay lost. */
  async restore(): Promise<void> {
    this.silent = false;
    if (!this.server.listening) await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    if (this.server.listening) await this.refuse();
    this.reset();
  }

  private reset(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  private join(near: Socket, far: Socket): void {
    let lost = this.silent;
    const pass = (from: Socket, to: Socket): void => {
      this.sockets.add(from);
      from.on('data', (bytes) => void ((lost ||= this.silent) || to.write(bytes)));
      from.on('end', () => void (lost || to.end()));
      from.on('error', () => undefined);
      from.on('close', () => {
        this.sockets.delete(from);
        if (!lost) to.destroy();
      });
    };
    pass(near, far);
    pass(far, near);
  }
}
