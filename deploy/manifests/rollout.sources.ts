import { spawnSync } from 'node:child_process';
import { generateEventMacKeys, generateSealingKeys } from '#app/credentials';
import { exportJWK, generateKeyPair } from 'jose';
import { envOf, readCompose, workloadOf as serviceOf } from './compose.js';
import { manifestsOf, render, valuesArgs } from './helm.js';
import { workloadOf as podOf } from './kubernetes.js';
import type { Workload } from './workload.js';

/** Servers that the containers are to reach, each by its real address. */
export interface Servers {
  brokers: string;
  gatewayDatabaseUrl: string;
  authDatabaseUrl: string;
  topicPrefix: string;
}

/** All that a set of manifests runs. */
export interface Workloads {
  setUps: Workload[];
  gateway: Workload;
  auth: Workload;
  /** What runs once a day. */
  daily?: Workload;
  /** A token with all scopes, which the set-up seeds. */
  token: string;
  /** Opens the auth app's operator routes. */
  operatorToken: string;
}

/** Reads the workloads of a set of manifests, for some servers. */
export type ReadWorkloads = (servers: Servers, folder: string) => Promise<Workloads>;

const TOKENS = { token: 'csync_a_token_for_the_rollout', operatorToken: 'an_operator_of_the_rollout' };

export const fromChart: ReadWorkloads = async (servers, folder) => {
  const { status, output } = render(valuesArgs(chartValues(servers), folder));
  if (status !== 0) throw new Error(output);
  const kept = await secretsFor(servers);
  const all = manifestsOf(output);
  const find = (kind: string, name: string): Workload =>
    podOf(
      all.find((each) => each.kind === kind && each.metadata.name === `try-${name}`)!,
      kept,
    );
  return {
    setUps: [find('Job', 'gateway-set-up'), find('Job', 'auth-set-up')],
    gateway: find('Deployment', 'gateway'),
    auth: find('Deployment', 'auth'),
    daily: find('CronJob', 'gateway-refresh'),
    ...TOKENS,
  };
};

const chartValues = ({ brokers, topicPrefix }: Servers): object => ({
  kafka: { brokers, tls: false },
  database: { sslmode: 'disable' },
  topics: { prefix: topicPrefix, partitions: 3, replicationFactor: 1, minInsyncReplicas: 1 },
  eventMacKeys: { secret: 'mac-keys', key: 'jwks' },
  shutdown: { noticeSeconds: 2, graceSeconds: 12 },
  gateway: { setUp: { apiToken: { secret: 'api-token', key: 'token' } }, settings: { API_RATE_LIMIT: '0' } },
  auth: { operatorToken: { secret: 'operator-token', key: 'token' }, settings: { CONSUMER_GROUP: `auth-${topicPrefix}` } },
});

async function secretsFor({ gatewayDatabaseUrl, authDatabaseUrl }: Servers) {
  const sealing = await generateSealingKeys('seal-1');
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const signing = { keys: [{ ...(await exportJWK(privateKey)), kid: 'sign-1' }] };
  return {
    'api-token': { token: TOKENS.token },
    'operator-token': { token: TOKENS.operatorToken },
    'mac-keys': { jwks: JSON.stringify(generateEventMacKeys('mac-1')) },
    'contact-sync-gateway': { secret: Buffer.alloc(32, 5).toString('base64url') },
    'contact-sync-gateway-database': { url: gatewayDatabaseUrl },
    'contact-sync-auth-database': { url: authDatabaseUrl },
    'contact-sync-sealing-keys-public': { jwks: JSON.stringify(sealing.publicKeys) },
    'contact-sync-sealing-keys-private': { jwks: JSON.stringify(sealing.privateKeys) },
    'contact-sync-signing-keys': { jwks: JSON.stringify(signing) },
  };
}

/** Trap: several rollouts share one broker here, so topics and group get names of their own beside what the file says. */
export const fromCompose: ReadWorkloads = (servers) => {
  const { stdout } = spawnSync(process.execPath, ['apps/local/compose-env.mjs', '-'], { encoding: 'utf8' });
  const env = envOf(stdout);
  const { services } = readCompose();
  const read = (name: string): Workload => {
    const workload = serviceOf(name, services[name]!, env);
    const { topicPrefix } = servers;
    // The test run's broker asks for no sign-in; `npm run test:secured` tries that of the file.
    const own = {
      KAFKA_SASL_USERNAME: '',
      TOPIC_PREFIX: topicPrefix,
      CONSUMER_GROUP: `auth-${topicPrefix}`,
      API_RATE_LIMIT: '0',
    };
    return { ...workload, env: { ...mapValues(workload.env, (value) => reached(value, servers)), ...own } };
  };
  return Promise.resolve({
    setUps: [read('gateway-set-up'), read('auth-set-up')],
    gateway: read('gateway'),
    auth: read('auth'),
    token: env['API_TOKEN']!,
    operatorToken: env['AUTH_OPERATOR_TOKEN']!,
  });
};

/** The servers of the file have names that only its containers know. */
function reached(value: string, { brokers, gatewayDatabaseUrl, authDatabaseUrl }: Servers): string {
  if (value === 'kafka:9092') return brokers;
  const database = /@postgres:5432\/contact_sync_(gateway|auth)$/.exec(value)?.[1];
  if (!database) return value;
  return database === 'gateway' ? gatewayDatabaseUrl : authDatabaseUrl;
}

const mapValues = (of: Record<string, string>, map: (value: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, map(value)]));
