// Ends with 0 where the app in this container can serve requests. The image's HEALTHCHECK.
import { readFileSync } from 'node:fs';
import { hostInUrl } from '../../dist/libs/settings/src/host-in-url.js';

// The first process, the app or its init, names the app's script: an environment can have the ports of both apps.
const [commandFile = '/proc/1/cmdline'] = process.argv.slice(2);
const app = /apps\/(gateway|auth)\/src\/main/.exec(readFileSync(commandFile, 'utf8'))?.[1];
const setting = (name) => process.env[name]?.trim();
const isAuth = app ? app === 'auth' : Boolean(setting('AUTH_PORT'));
const port = isAuth ? setting('AUTH_PORT') || '3001' : setting('GATEWAY_PORT') || '3000';

const url = `http://${hostInUrl(setting('HOST'))}:${port}/health/ready`;
try {
  const { ok, status } = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  console.log(`${url} answers ${status}.`);
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  console.log(`${url} does not answer: ${error.cause?.code ?? error.message}.`);
  process.exitCode = 1;
}
