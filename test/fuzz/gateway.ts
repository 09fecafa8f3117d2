import { randomBytes } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateSealingKeys } from '#app/credentials';
import {
  databaseUrl,
  ensureDatabases,
  freePort,
  lastLines,
  startChild,
  startThrowawayServers,
  stopPlan,
  type RunningChild,
  type ThrowawayServers,
  type Watchdog,
} from '#app/system';
import pg from 'pg';

const BUILT = resolve(import.meta.dirname, '../..');
const READY_TIMEOUT_MS = 30_000;
/** The token that fuzzes has an id that nobody guesses: else one of the first requests would revoke it. */
const TOKEN_ID = 4_000_000_000_000;
/** Enough that the ids of the document's examples exist. */
const CONTACTS = '200';

/** A gateway to be fuzzed. */
export interface FuzzedGateway {
  url: string;
  token: string;
  stop: () => Promise<void>;
}

/** Starts servers and a gateway on them, with a token of every scope. */
export async function startGateway(folder: string, watchdog: Watchdog): Promise<FuzzedGateway> {
  const jars = { java: 'java', folder: realpathSync(resolve('.cache/kafka')) };
  const servers = await startThrowawayServers(jars, 'test/fuzz/main.js');
  const token = randomBytes(32).toString('base64url');
  const port = await freePort();
  const env = await environment(servers, port);
  const run = (name: string, script: string, more: NodeJS.ProcessEnv = {}, args: string[] = []) =>
    startScript({ name, script, args, env: { ...env, ...more }, folder }, watchdog);
  await toEnd('set-up', await run('set-up', 'apps/gateway/src/set-up.js'), folder);
  await setTokenId(env['GATEWAY_DATABASE_URL']!, TOKEN_ID);
  await toEnd('set-up', await run('set-up', 'apps/gateway/src/set-up.js', { API_TOKEN: token }), folder);
  await setTokenId(env['GATEWAY_DATABASE_URL']!, 1);
  await toEnd('seed', await run('seed', 'apps/local/src/seed.js', {}, ['--contacts', CONTACTS]), folder);
  const url = `http://127.0.0.1:${port}`;
  await untilReady(await run('gateway', 'apps/gateway/src/main.js'), url, folder);
  return { url, token, stop: () => servers.stop() };
}

async function environment(servers: ThrowawayServers, port: number): Promise<NodeJS.ProcessEnv> {
  const database = { name: 'fuzz_gateway', password: randomBytes(16).toString('hex') };
  await ensureDatabases(servers.adminUrl, [database]);
  const { publicKeys } = await generateSealingKeys('fuzz');
  return {
    NODE_ENV: 'production',
    GATEWAY_PORT: String(port),
    GATEWAY_DATABASE_URL: databaseUrl(servers.adminUrl, database),
    KAFKA_BROKERS: servers.broker,
    GATEWAY_SECRET: randomBytes(32).toString('base64url'),
    CREDENTIAL_PUBLIC_KEYS: JSON.stringify(publicKeys),
    // A limit, so that its headers are there, that no run reaches.
    API_RATE_LIMIT: '999999999',
    LOG_LEVEL: 'warn',
  };
}

interface Script {
  name: string;
  /** Below dist. */
  script: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  folder: string;
}

function startScript({ name, script, args, env, folder }: Script, watchdog: Watchdog): Promise<RunningChild> {
  const file = join(BUILT, script);
  return startChild(
    {
      ...{ name, command: process.execPath, args: [file, ...args], env, marker: file, rank: 1, plan: stopPlan('SIGTERM', 4_000) },
      ...{ logFile: logOf(folder, name), pidFile: join(folder, `${name}.json`) },
    },
    watchdog,
  );
}

async function toEnd(name: string, { exited }: RunningChild, folder: string): Promise<void> {
  const { code } = await exited;
  if (code !== 0) throw new Error(`${name} failed.\n${lastWords(folder, name)}`);
}

async function setTokenId(url: string, next: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`select setval(pg_get_serial_sequence('api_token', 'id'), $1, false)`, [next]);
  } finally {
    await client.end();
  }
}

async function untilReady({ exited }: RunningChild, url: string, folder: string): Promise<void> {
  let ended = false;
  void exited.then(() => (ended = true));
  for (const deadline = Date.now() + READY_TIMEOUT_MS; !ended && Date.now() < deadline; await sleep(50)) {
    const response = await fetch(`${url}/health/ready`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
  }
  throw new Error(`The gateway does not answer.\n${lastWords(folder, 'gateway')}`);
}

const logOf = (folder: string, name: string): string => join(folder, `${name}.log`);
const lastWords = (folder: string, name: string): string => lastLines(readFileSync(logOf(folder, name), 'utf8'), 8);
