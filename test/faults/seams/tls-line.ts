import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Certificate, TcpProxy } from '#app/system';

interface Link {
  client: TLSSocket;
  server: Socket;
}

/** A TLS listener in the place of a proxy: it can hold what present connections send, and deliver it much later. */
export class TlsLine {
  private readonly links = new Set<Link>();

  private constructor(
    private readonly proxy: TcpProxy,
    private readonly server: Server,
  ) {}

  /** Listens on the proxy's port, for clients that speak TLS. */
  static async inPlaceOf(proxy: TcpProxy, { cert, key }: Certificate): Promise<TlsLine> {
    await proxy.set('refuse');
    const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) });
    const line = new TlsLine(proxy, server);
    server.on('secureConnection', (client) => line.connect(client));
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(proxy.port, '127.0.0.1', resolve));
    return line;
  }

  /** Takes nothing more from the present connections. @returns delivers what they have sent meanwhile */
  holdPresent(): () => void {
    const held = [...this.links];
    for (const { client } of held) client.pause();
    return () => held.forEach(({ client }) => client.resume());
  }

  /** Gives the port back to the proxy. */
  async close(): Promise<void> {
    for (const { client, server } of this.links) for (const socket of [client, server]) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
    await this.proxy.set('pass');
  }

  private connect(client: TLSSocket): void {
    const server = connect(this.proxy.targetPort, '127.0.0.1');
    const link = { client, server };
    this.links.add(link);
    client.on('error', () => undefined).on('data', (chunk: Buffer) => server.write(chunk));
    server.on('error', () => undefined).on('data', (chunk: Buffer) => client.write(chunk));
    // A client that closes without a reset has its last bytes delivered; one that resets has them dropped.
    client.once('end', () => server.end());
    client.once('close', () => (this.links.delete(link), server.destroySoon()));
    server.once('close', () => client.destroy());
  }
}
