import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type * as Embedded from '#app/system';
import type { ThrowawayServers } from '#app/system';

const INTERRUPTED = 130;
const PARENT_POLL_MS = 500;

/** One PostgreSQL and one Kafka for the whole run. Suites find them by `testServers()` of `#app/system/testing`. */
export default async function startServers(): Promise<void> {
  // jest makes CommonJS of this one file, which then finds no sources: the servers are started by the built code.
  const built = resolve('dist/libs/system/src/index.js');
  const jars = resolve('.cache/kafka');
  if (!existsSync(built) || !existsSync(jars)) throw new Error('Nothing is made ready yet: run npm test, which does that.');
  const embedded = (await import(built)) as typeof Embedded;
  const kafka = { java: embedded.javaProgram(process.env['JAVA_HOME']), folder: realpathSync(jars) };
  const servers = await embedded.startThrowawayServers(kafka, 'jest');
  process.env['TEST_SERVERS'] = JSON.stringify({ adminUrl: servers.adminUrl, brokers: [servers.broker] });
  Object.assign(globalThis, { servers });
  stopWhenInterrupted(servers);
}

function stopWhenInterrupted(servers: ThrowawayServers): void {
  const end = (): void => void servers.stop().then(() => process.exit(INTERRUPTED));
  process.once('SIGINT', end).once('SIGTERM', end).once('SIGHUP', end);
  // npm test that was killed would leave this run on its own.
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || end(), PARENT_POLL_MS).unref();
}
