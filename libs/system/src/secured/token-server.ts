import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';

/** The audience of the tokens, which brokers check. */
export const TOKEN_AUDIENCE = 'kafka';
const KEY_ID = 'idp-1';

/** An authorization server that gives access tokens to clients by their credentials (RFC 6749, 4.4). The subject is the client. */
export class TokenServer {
  /** Tokens that were given. */
  given = 0;

  private constructor(
    private readonly server: Server,
    private readonly clients: ReadonlyMap<string, string>,
    private readonly key: CryptoKey,
    private readonly publicKey: JWK,
  ) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.answer(request, response));
  }

  /** @param clients secrets by client id */
  static async start(clients: ReadonlyMap<string, string>): Promise<TokenServer> {
    const { privateKey, publicKey } = await generateKeyPair('RS256');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TokenServer(server, clients, privateKey, {
      ...(await exportJWK(publicKey)),
      kid: KEY_ID,
      use: 'sig',
      alg: 'RS256',
    });
  }

  private get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get tokenUrl(): string {
    return `${this.origin}/token`;
  }

  get keysUrl(): string {
    return `${this.origin}/keys`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/keys') return void response.end(JSON.stringify({ keys: [this.publicKey] }));
    const grant = new URLSearchParams(await text(request)).get('grant_type');
    const client = this.clientOf(request.headers.authorization ?? '');
    if (client === undefined || grant !== 'client_credentials')
      return void response.writeHead(401).end('{"error":"invalid_client"}');
    this.given++;
    const token = new SignJWT({ scope: 'events' }).setProtectedHeader({ alg: 'RS256', kid: KEY_ID }).setSubject(client);
    const signed = await token.setAudience(TOKEN_AUDIENCE).setIssuedAt().setExpirationTime('60s').sign(this.key);
    response.end(JSON.stringify({ access_token: signed, token_type: 'Bearer', expires_in: 60 }));
  }

  private clientOf(authorization: string): string | undefined {
    const [id = '', secret] = Buffer.from(authorization.replace(/^Basic /, ''), 'base64')
      .toString()
      .split(':')
      .map(decodeURIComponent);
    return secret !== undefined && this.clients.get(id) === secret ? id : undefined;
  }
}
