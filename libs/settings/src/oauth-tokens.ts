import type { OauthbearerProviderResponse } from 'kafkajs';

const TIMEOUT_MS = 5_000;

/** Access tokens by the client credentials grant (RFC 6749, 4.4). kafkajs asks for one for each connection and each renewal. */
export const oauthTokens =
  (endpoint: string, client: { id: string; secret: string }, scope: string | null) =>
  async (): Promise<OauthbearerProviderResponse> => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${encodeURIComponent(client.id)}:${encodeURIComponent(client.secret)}`).toString('base64')}`,
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope === null ? {} : { scope }) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { access_token: value } = (await response.json().catch(() => ({}))) as { access_token?: unknown };
    if (!response.ok || typeof value !== 'string')
      throw new Error(`${endpoint} gave no access token (status ${response.status}).`);
    return { value };
  };
