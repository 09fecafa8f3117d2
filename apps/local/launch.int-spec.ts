import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { expect, it } from '@jest/globals';

/** Runs a script as set-up runs the local run, and ends with its code. */
const LAUNCHER = `
  const { launch } = await import(${JSON.stringify(resolve('apps/local/set-up/launch.mjs'))});
  const [root, script] = process.argv.slice(1);
  process.exitCode = await launch({ root, args: ['-e', script], env: {}, ownSession: false }).ended;
`;

it.each([
  ['localhost', {}],
  ['127.0.0.1', { NO_PROXY: 'internal.example' }],
  ['[::1]', { no_proxy: '' }],
])('when Node uses a proxy / what set-up starts reaches a port of this machine at %s without it', async (host, more) => {
  const server = createServer((_, response) => response.end()).listen(0, '::');
  await once(server, 'listening');
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;
  const proxied = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:1', ...more };
  const args = ['--input-type=module', '-e', LAUNCHER, resolve('.'), `fetch('${url}').catch(() => process.exit(3))`];
  const { NO_PROXY: _, no_proxy: __, ...env } = process.env;
  const child = spawn(process.execPath, args, { env: { ...env, ...proxied }, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  server.close();
  expect(code).toBe(0);
});
