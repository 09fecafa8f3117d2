import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { Configuration } from 'oidc-provider';

/** The audience of the tokens, which brokers check. */
export const TOKEN_AUDIENCE = 'kafka';
const SCOPE = 'events';
const SIGNING = 'RS256';
const TOKEN_SECONDS = 60;

/** An OpenID provider that gives access tokens (RFC 9068) to clients by their credentials (RFC 6749, 4.4). The subject is the client. */
export class TokenServer {
  private constructor(
    private readonly server: Server,
    readonly tokenUrl: string,
    readonly keysUrl: string,
  ) {}

  /** @param clients secrets by client id */
  static async start(clients: ReadonlyMap<string, string>): Promise<TokenServer> {
    // Loaded late: it is a package for development, and only secured servers need it.
    const { Provider } = await import('oidc-provider');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const answer = new Provider(issuer, await configuration(clients)).callback();
    server.on('request', (request, response) => void answer(request, response));
    const metadata = await fetch(`${issuer}/.well-known/openid-configuration`);
    const { token_endpoint: tokenUrl, jwks_uri: keysUrl } = (await metadata.json()) as {
      token_endpoint: string;
      jwks_uri: string;
    };
    return new TokenServer(server, tokenUrl, keysUrl);
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

async function configuration(clients: ReadonlyMap<string, string>): Promise<Configuration> {
  return {
    clients: [...clients].map(([client_id, client_secret]) => ({
      client_id,
      client_secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })),
    jwks: { keys: [await newKey()] },
    ttl: { ClientCredentials: TOKEN_SECONDS },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => `urn:${TOKEN_AUDIENCE}`,
        getResourceServerInfo: () => ({
          scope: SCOPE,
          audience: TOKEN_AUDIENCE,
          accessTokenTTL: TOKEN_SECONDS,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: SIGNING } },
        }),
      },
    },
  };
}

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(SIGNING, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: 'idp-1', use: 'sig', alg: SIGNING };
}
