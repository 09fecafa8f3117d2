import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { oauthTokens } from './oauth-tokens.js';

let server: Server;

afterEach(() => void server.close());

it.each([
  ['lives for ten years', 315_360_000, 1],
  ['lives for an hour', 3_600, 1],
  ['has expired', -1, 2],
])('when a token %s / is used for half of its life', async (_, seconds, times) => {
  let asked = 0;
  server = createServer((_request, response) =>
    response.end(JSON.stringify({ access_token: `token-${++asked}`, expires_in: seconds })),
  );
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  const warnings: string[] = [];
  const warned = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', warned);
  try {
    const token = oauthTokens(endpoint, { id: 'id', secret: () => 'secret', scope: null });
    expect(await token()).toEqual({ value: 'token-1' });
    await delay(50);
    expect(await token()).toEqual({ value: `token-${times}` });
  } finally {
    process.off('warning', warned);
  }
  expect(warnings).toEqual([]);
});
