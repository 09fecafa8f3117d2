import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { readSettings } from './env.js';
import { GatewayClient } from './gateway-client.js';
import { greet } from './greeting.js';
import type { LocalRun } from './servers.js';

let server: Server;

afterEach(() => void server.close());

/** The greeting beside a gateway that answers each request like this. */
async function greetingAt(status: number, body: object, environment: NodeJS.ProcessEnv = {}): Promise<string> {
  server = createServer((_, response) => response.writeHead(status).end(JSON.stringify(body)));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const gateway = new GatewayClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'csync_1', () => undefined);
  const dataDir = { logs: '/data/logs', secrets: '/data/secrets' };
  const run = { settings: readSettings(environment), secrets: { apiToken: 'csync_1' }, dataDir } as unknown as LocalRun;
  return greet(run, { gateway, demo: null, consoleLink: 'http://localhost:3002/enter?key=k' });
}

describe('the greeting of npm start', () => {
  it('when the token is valid / shows commands with it', async () => {
    expect(await greetingAt(200, { data: [] })).toMatch(/Try it:[^]*csync_1/);
  });

  it.each([
    ['is of the data folder', {}, 'remove /data/secrets/api-token and start again'],
    ['is given', { API_TOKEN: 'csync_11' }, 'start again with another API_TOKEN'],
  ])(
    'when the token is revoked and %s / says how to get another one, and shows no command with it',
    async (_, environment, hint) => {
      const text = await greetingAt(401, { message: 'The bearer token is not valid.' }, environment);
      expect(text).toContain(`The API token is revoked, and stays so: ${hint}.`);
      expect(text).not.toContain('Try it');
    },
  );
});
