import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartFailed } from '#app/system';
import { writeSecret } from '../secrets.js';
import { AppClient } from './app-client.js';

/** What the page's buttons do. */
const SCOPES = ['contacts:read', 'contacts:write', 'companies:read', 'companies:write'];
const FILE = 'console-api-token';

/** Where the gateway is, and who may make tokens there. */
interface TokenPlace {
  gatewayUrl: string;
  /** Makes the console's own token. */
  apiToken: string;
  /** The folder of the run's secrets. */
  secrets: string;
}

/**
 * The gateway's client with a token of the console's own, named `console`: what the page does has an actor of its own in the audit
 * and a quota of its own. It is made once per DATA_DIR, and again if it was revoked.
 */
export async function consoleGateway({ gatewayUrl, apiToken, secrets }: TokenPlace): Promise<AppClient> {
  const file = join(secrets, FILE);
  if (existsSync(file)) {
    const known = new AppClient(gatewayUrl, readFileSync(file, 'utf8').trim());
    if ((await known.call('GET', '/contacts?per_page=1')).status !== 401) return known;
  }
  const { status, body } = await new AppClient(gatewayUrl, apiToken).call('POST', '/tokens', { name: 'console', scopes: SCOPES });
  if (status !== 201) throw new StartFailed(`The gateway answered ${status} when the console asked for its token.`);
  const { token } = (body as { data: { token: string } }).data;
  writeSecret(file, token);
  return new AppClient(gatewayUrl, token);
}
