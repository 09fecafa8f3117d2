import type { OauthbearerProviderResponse } from 'kafkajs';

const TIMEOUT_MS = 5_000;
/** A longer timer of Node ends at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A client of an authorization server. */
interface OauthClient {
  id: string;
  secret: () => string;
  scope: string | null;
}

interface AccessToken {
  value: string;
  /** The lifetime that the server states; 0 where it states none. */
  seconds: number;
}

/**
 * Access tokens by the client credentials grant (RFC 6749, 4.4). Each connection to a broker takes one, and a new one before it expires:
 * a token is used for half of its life, by all connections.
 */
export function oauthTokens(endpoint: string, client: OauthClient): () => Promise<OauthbearerProviderResponse> {
  let asking: Promise<OauthbearerProviderResponse> | undefined;
  return () =>
    (asking ??= tokenOf(endpoint, client).then(
      ({ value, seconds }) => {
        setTimeout(() => (asking = undefined), Math.min(500 * seconds, LONGEST_TIMER_MS)).unref();
        return { value };
      },
      (error: unknown) => {
        asking = undefined;
        throw error;
      },
    ));
}

async function tokenOf(endpoint: string, { id, secret, scope }: OauthClient): Promise<AccessToken> {
  const credentials = `${encodeURIComponent(id)}:${encodeURIComponent(secret())}`;
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope !== null && { scope }) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const answer = (await response.json().catch(() => ({}))) as { access_token?: unknown; expires_in?: unknown };
  if (!response.ok || typeof answer.access_token !== 'string')
    throw new Error(`${endpoint} gave no access token (status ${response.status}).`);
  return { value: answer.access_token, seconds: Math.max(0, Number(answer.expires_in) || 0) };
}
