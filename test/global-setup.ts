import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type * as System from '#app/system';
import type { ThrowawayServers } from '#app/system';

const INTERRUPTED = 130;
const PARENT_POLL_MS = 500;

/** Starts one PostgreSQL and one Kafka for the whole run. Suites find them by `testServers()` of `#app/system/testing`. */
export default async function startServers(): Promise<void> {
  // jest compiles this file to CommonJS, which cannot import the sources: the built code starts the servers.
  const built = resolve('dist/libs/system/src/index.js');
  if (!existsSync(built) || !existsSync('.cache/kafka'))
    throw new Error('Nothing is made ready yet: run npm test, which does that.');
  const { startThrowawayServers } = (await import(built)) as typeof System;
  const servers = await startThrowawayServers();
  process.env['TEST_SERVERS'] = JSON.stringify({ adminUrl: servers.adminUrl, brokers: [servers.broker] });
  Object.assign(globalThis, { servers });
  stopWhenInterrupted(servers);
}

function stopWhenInterrupted(servers: ThrowawayServers): void {
  const end = (): void => void servers.stop().then(() => process.exit(INTERRUPTED));
  process.once('SIGINT', end).once('SIGTERM', end).once('SIGHUP', end);
  // Without this, the run continues when npm test is killed.
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || end(), PARENT_POLL_MS).unref();
}
