import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import {
  AppProcess,
  authEnvironment,
  brokerList,
  freePort,
  gatewayEnvironment,
  lastLines,
  mainScript,
  makeSecrets,
  markSetting,
  setUpScript,
  startServers,
  type AppScript,
  type ProcessHost,
} from '#app/system';
import type { KeySet } from '#app/credentials';
import { flushTables, recycleWal } from './disk.js';

/** The measured processes and their databases. */
export interface Bench {
  gatewayPort: number;
  authPort: number;
  /** Database of the bare handler. */
  barePort: number;
  gatewayDatabaseUrl: string;
  authDatabaseUrl: string;
  bareDatabaseUrl: string;
  apiToken: string;
  brokers: string[];
  /** Public keys that seal credentials. */
  publicKeys: KeySet;
  /** Adds contacts to the gateway's database, which may have contacts already. */
  addContacts: (count: number) => Promise<void>;
  /** Writes what was seeded to the disk, before something is timed. */
  flushTables: () => Promise<void>;
  /** Starts a second gateway beside the first. @returns its port */
  startReplica: () => Promise<number>;
  /** Runs a step of the auth app's rebuild. */
  rebuildAuth: (step: 'prepare' | 'swap') => Promise<RebuildResult>;
  say: (line: string) => void;
}

/** The result of a step of a rebuild. */
export interface RebuildResult {
  seconds: number;
  heldMs: number;
  records: { applied: number };
  comparison: { same: number };
}

export interface StartOptions {
  /** Folder for a CPU profile of the gateway. */
  profile?: string;
  /** Whether both apps send traces. */
  traces?: boolean;
}

/** Starts servers, runs both set-ups, starts the gateway, the auth app and the bare handler, and waits until all of them answer. */
export async function startBench(
  host: ProcessHost,
  say: (line: string) => void,
  { profile, traces }: StartOptions = {},
): Promise<Bench> {
  say('Starting PostgreSQL and Kafka, then the apps …');
  const { postgres, brokers } = await startServers(host, { durable: true });
  const urls = {
    gatewayDatabaseUrl: await postgres.database('bench_gateway'),
    authDatabaseUrl: await postgres.database('bench_auth'),
    bareDatabaseUrl: await postgres.database('bench_bare'),
  };
  await recycleWal(postgres.adminUrl);
  const secrets = await makeSecrets();
  const { apiToken, publicKeys } = secrets;
  const [gatewayPort, authPort, barePort] = [await freePort(), await freePort(), await freePort()];
  const shared = { ...secrets, brokers: brokerList(brokers) };
  const more = { ...UNLIMITED, ...markSetting(secrets), ...(traces ? await traced() : {}) };
  const gateway = gatewayEnvironment({ ...shared, databaseUrl: urls.gatewayDatabaseUrl, port: gatewayPort }, more);
  const auth = authEnvironment({ ...shared, databaseUrl: urls.authDatabaseUrl, port: authPort }, more);
  const run = (app: AppScript): Promise<string> => new AppProcess(app, host).runToEnd();
  await Promise.all([run(setUpScript('gateway', { ...gateway, API_TOKEN: apiToken })), run(setUpScript('auth', auth))]);
  const bareArgs = [String(barePort), urls.bareDatabaseUrl];
  const apps: AppScript[] = [
    mainScript('gateway', { ...gateway, ...profiled(profile) }),
    mainScript('auth', { ...auth, ...profiled(profile) }),
    { name: 'bare', script: 'test/bench/bare-handler.js', args: bareArgs, env: UNLIMITED, port: barePort },
  ];
  await Promise.all(apps.map((app) => new AppProcess(app, host).startUntilReady()));
  const addContacts = async (count: number): Promise<void> => {
    const args = ['--add', '--contacts', String(count)];
    await run({ name: 'seed', script: 'apps/local/src/seed.js', args, env: gateway });
  };
  const startReplica = async (): Promise<number> => {
    const port = await freePort();
    const script = mainScript('gateway', { ...gateway, GATEWAY_PORT: String(port) }, { name: 'gateway 2' });
    await new AppProcess(script, host).startUntilReady();
    return port;
  };
  const rebuildAuth = async (step: string): Promise<RebuildResult> => {
    const output = await run({ name: `rebuild ${step}`, script: 'apps/auth/src/rebuild.js', args: [step], env: auth });
    return (JSON.parse(lastLines(output, 1)) as { result: RebuildResult }).result;
  };
  return {
    gatewayPort,
    authPort,
    barePort,
    ...urls,
    apiToken,
    brokers: shared.brokers.split(','),
    publicKeys,
    addContacts,
    flushTables: () => flushTables(postgres.adminUrl),
    startReplica,
    rebuildAuth,
    say,
  };
}

/** Every span is sent, to a collector that takes it and does nothing with it. */
async function traced(): Promise<Record<string, string>> {
  const collector = createServer((request, response) => {
    request.resume().once('end', () => response.setHeader('Content-Type', 'application/json').end('{}'));
  });
  await once(collector.listen(0, '127.0.0.1'), 'listening');
  collector.unref();
  return { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}` };
}

/** Has an app write a CPU profile into a folder when it ends. */
const profiled = (folder: string | undefined): NodeJS.ProcessEnv =>
  folder === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${resolve(folder)}` };

/** Settings without limits on what is measured: no failed sign-in is rejected for its number. */
const UNLIMITED = {
  NODE_ENV: 'production',
  // On, and never reached.
  API_RATE_LIMIT: '900000000',
  LOGIN_ATTEMPTS_PER_EMAIL_AND_ADDRESS: '1000',
  LOGIN_ATTEMPTS_PER_EMAIL: '100000',
  LOGIN_ATTEMPTS_AT_ONCE: '1000',
  LOGIN_ATTEMPTS_PER_ADDRESS: '100000',
};
