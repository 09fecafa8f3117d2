import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type * as Testing from '#app/system/testing';

const MAIN = resolve('dist/apps/local/src/main.js');
const PORTS = ['GATEWAY_PORT', 'AUTH_PORT', 'POSTGRES_PORT', 'KAFKA_PORT', 'CONSOLE_PORT'] as const;
const READY_MS = 120_000;
const INTERRUPTED = 130;

/** Starts what npm start runs, on free ports and new data. Specs find it by `localRun()` of ./browser.ts. */
export default async function startLocalRun(): Promise<void> {
  if (!existsSync(MAIN)) throw new Error('Nothing is made ready yet: run npm run test:browser, which does that.');
  const dataDir = mkdtempSync(join(tmpdir(), 'contact-sync-browser-'));
  const ports = await freePorts();
  const env = { ...process.env, ...ports, DATA_DIR: dataDir, API_TOKEN: '' };
  const run = fork(MAIN, [], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const stop = async (): Promise<void> => {
    const ended = run.exitCode === null ? once(run, 'exit') : undefined;
    run.kill('SIGTERM');
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => void stop().then(() => process.exit(INTERRUPTED)));
  await ready(run).catch(async (error: Error) => (await stop(), Promise.reject(error)));
  process.env['LOCAL_RUN'] = JSON.stringify({
    gatewayUrl: `http://localhost:${ports.GATEWAY_PORT}`,
    authUrl: `http://localhost:${ports.AUTH_PORT}`,
    consoleUrl: `http://localhost:${ports.CONSOLE_PORT}`,
    broker: `127.0.0.1:${ports.KAFKA_PORT}`,
    dataDir,
    apiToken: readFileSync(join(dataDir, 'secrets/api-token'), 'utf8').trim(),
  });
  Object.assign(globalThis, { stopLocalRun: stop });
}

/** jest compiles this file to CommonJS, which cannot import the sources. */
async function freePorts(): Promise<Record<(typeof PORTS)[number], string>> {
  const { freePort } = (await import(resolve('dist/libs/system/src/testing/index.js'))) as typeof Testing;
  const ports = new Set<number>();
  while (ports.size < PORTS.length) ports.add(await freePort());
  return Object.fromEntries([...ports].map((port, index) => [PORTS[index], String(port)])) as never;
}

/** Resolves when everything runs. @throws {Error} with the output, if it does not */
async function ready(run: ChildProcess): Promise<void> {
  let said = '';
  for (const stream of [run.stdout, run.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const timer = setTimeout(() => run.kill('SIGTERM'), READY_MS);
  const outcome = await Promise.race([once(run, 'message').then(([message]) => message as string), once(run, 'exit')]);
  clearTimeout(timer);
  if (outcome !== 'ready') throw new Error(`The local run did not start:\n${said}`);
}
