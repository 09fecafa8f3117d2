import { join, relative } from 'node:path';
import { appUrls } from './app-urls.js';
import type { Demo } from './demo.js';
import { SHOWN_LOGIN } from './demo.data.js';
import type { GatewayClient } from './gateway-client.js';
import { seconds } from './screen.js';
import type { LocalRun } from './servers.js';
import { quoted } from './shell.js';

/** What runs beside the servers. */
interface Greeted {
  gateway: GatewayClient;
  /** Null if this run made no demo. */
  demo: Demo | null;
  /** Works once. */
  consoleLink: string;
}

/** What a person needs first: addresses, the token, and commands to paste with a visible effect. */
export async function greet(run: LocalRun, { gateway, demo, consoleLink }: Greeted): Promise<string> {
  const { settings, secrets, dataDir } = run;
  const { kafkaBrokers, kafkaPort } = settings;
  const { auth, docs } = appUrls(settings);
  const startedAt = settings.startedAt ?? performance.timeOrigin;
  const authorization = quoted(`Authorization: Bearer ${secrets.apiToken}`);
  return `
contact-sync is ready, after ${seconds(Date.now() - startedAt)}. Open this first; it works once:

  ${consoleLink}

  gateway    ${gateway.baseUrl}
  docs       ${docs}
  auth       ${auth}
  broker     ${kafkaBrokers ?? `127.0.0.1:${kafkaPort}`}
  API token  ${secrets.apiToken}
  logs       ${shown(dataDir.logs)}

${(await gateway.isLetIn()) ? ((await tryIt(gateway, authorization, auth, demo)) ?? createCompany(gateway, authorization)) : revoked(run)}
Ctrl-C stops everything; ${settings.isEphemeral ? 'the data go with it' : 'the data stay'}. npm run status shows the addresses again.
`;
}

/** As a person would type it: below the current folder, else the whole path. */
function shown(path: string): string {
  const near = relative('', path);
  return near.startsWith('..') ? path : near;
}

/** Changes a login's email to the other one of its two, and signs in with it; null if that login is gone. */
async function tryIt(gateway: GatewayClient, authorization: string, auth: string, demo: Demo | null): Promise<string | null> {
  const id = demo?.ids[SHOWN_LOGIN.emails[0]];
  const contact = id === undefined ? null : await gateway.get(`/contacts/${id}`);
  if (!contact) return null;
  const now = contact.email ?? '';
  const [first, second] = SHOWN_LOGIN.emails;
  const next = now === first ? second : first;
  return `Try it: John Smith signs in as ${now}. Give him another email,

  curl -s '${gateway.baseUrl}/contacts/${id}' \\
    -H ${authorization} -H 'Content-Type: application/json' \\
    -d '{"email": "${next}"}'; echo

see the event that follows, as every subscriber gets it,

  npm run events -- show ${id}

and sign in: his login has followed, through Kafka, before you have pasted this (as ${now} he is refused):

  curl -s '${auth}/portal/sessions' -H 'Content-Type: application/json' \\
    -d '{"email": "${next}", "password": "${SHOWN_LOGIN.password}"}'; echo
`;
}

const revoked = ({ settings, dataDir }: LocalRun): string =>
  `The API token is revoked, and stays so: ${
    settings.apiToken === null
      ? `remove ${shown(join(dataDir.secrets, 'api-token'))} and start again`
      : 'start again with another API_TOKEN'
  }.
`;

const createCompany = (gateway: GatewayClient, authorization: string): string => `Try it:

  curl -s '${gateway.baseUrl}/companies' \\
    -H ${authorization} -H 'Content-Type: application/json' \\
    -d '{"name": "Acme Corp"}'; echo
`;
