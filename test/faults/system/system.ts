import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateSealingKeys, type KeySet } from '#app/credentials';
import { freePort, type Watchdog } from '#app/system';
import { exportJWK, generateKeyPair } from 'jose';
import pg from 'pg';
import { AppProcess } from './app-process.js';
import { startServers, type Servers } from './servers.js';
import { TcpProxy } from './tcp-proxy.js';

/** How the system is set up. */
export interface SystemOptions {
  folder: string;
  java: string;
  brokers: 1 | 3;
  gateways: number;
  auths: number;
}

/** A replica with its own way to the database. */
export interface Replica {
  app: AppProcess;
  database: TcpProxy;
}

/** The whole system: servers, real processes, and proxies between them. */
export class System {
  /** The checker's own sessions, past every proxy. */
  readonly sql: { gateway: pg.Pool; auth: pg.Pool };

  private constructor(
    readonly servers: Servers,
    readonly gateways: Replica[],
    readonly auths: Replica[],
    readonly apiToken: string,
    readonly keys: { publicKeys: KeySet; privateKeys: KeySet },
    readonly folder: string,
    private readonly watchdog: Watchdog,
  ) {
    const pool = (connectionString: string): pg.Pool => new pg.Pool({ connectionString, max: 3, connectionTimeoutMillis: 2_000 });
    this.sql = { gateway: pool(servers.gatewayDatabaseUrl), auth: pool(servers.authDatabaseUrl) };
    for (const each of Object.values(this.sql)) each.on('error', () => undefined);
  }

  static async start(options: SystemOptions, watchdog: Watchdog): Promise<System> {
    const { folder, brokers } = options;
    const servers = await startServers(folder, options.java, brokers, watchdog);
    const secrets = await makeSecrets();
    const env = environments(servers, secrets, brokers);
    const replica = async (kind: 'gateway' | 'auth', at: number): Promise<Replica> => {
      const database = new TcpProxy(await freePort(), servers.postgres.port);
      await database.open();
      const port = await freePort();
      const url = kind === 'gateway' ? servers.gatewayDatabaseUrl : servers.authDatabaseUrl;
      const own = {
        [`${kind.toUpperCase()}_PORT`]: String(port),
        [`${kind.toUpperCase()}_DATABASE_URL`]: Object.assign(new URL(url), { port: String(database.port) }).href,
      };
      const script = `apps/${kind}/src/main.js`;
      return {
        app: new AppProcess({ name: `${kind}-${at + 1}`, script, port, folder, env: { ...env[kind], ...own } }, watchdog),
        database,
      };
    };
    const make = (kind: 'gateway' | 'auth', count: number): Promise<Replica[]> =>
      Promise.all(Array.from({ length: count }, (_, at) => replica(kind, at)));
    const [gateways, auths] = [await make('gateway', options.gateways), await make('auth', options.auths)];
    await Promise.all([
      setUp('gateway', gateways[0]!, watchdog, { API_TOKEN: secrets.apiToken }),
      setUp('auth', auths[0]!, watchdog),
    ]);
    return new System(servers, gateways, auths, secrets.apiToken, secrets.keys, folder, watchdog);
  }

  get replicas(): Replica[] {
    return [...this.gateways, ...this.auths];
  }

  /** Starts what does not run, and waits until it serves. */
  async startApps(): Promise<void> {
    const away = this.replicas.filter(({ app }) => !app.isRunning);
    await Promise.all(away.map(({ app }) => app.start()));
    await Promise.all(away.map(({ app }) => app.untilReady()));
  }

  /** The gateway's set-up again: it makes the topics that are missing. */
  async setUpGateway(): Promise<void> {
    await setUp('gateway', this.gateways[0]!, this.watchdog);
  }

  /** The replica whose relay publishes; undefined where none says so. */
  async leader(): Promise<Replica | undefined> {
    const states = await Promise.all(this.gateways.map(({ app }) => relayStateOf(app)));
    return this.gateways[states.findIndex((state) => state === 'publishing' || state === 'retrying')];
  }

  async untilLeader(timeoutMs = 30_000): Promise<Replica> {
    for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(100)) {
      const leader = await this.leader();
      if (leader) return leader;
    }
    throw new Error('No relay publishes.');
  }

  get brokerAddresses(): string[] {
    return this.servers.brokers.map(({ address }) => address);
  }

  async close(): Promise<void> {
    for (const { app } of this.replicas) app.thaw();
    await Promise.all(this.replicas.map(({ app }) => app.kill()));
    await Promise.allSettled(Object.values(this.sql).map((pool) => pool.end()));
    const proxies = [
      ...this.replicas.map(({ database }) => database),
      ...this.servers.brokers.flatMap(({ proxies }) => Object.values(proxies)),
    ];
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await Promise.all(this.servers.brokers.map((broker) => broker.stop('SIGKILL')));
    await this.servers.postgres.stop('SIGKILL');
  }
}

async function relayStateOf(app: AppProcess): Promise<string | undefined> {
  if (!app.isAwake) return undefined;
  try {
    const response = await fetch(`${app.url}/health`, { signal: AbortSignal.timeout(2_000) });
    return ((await response.json()) as { parts: { relay: { state: string } } }).parts.relay.state;
  } catch {
    return undefined;
  }
}

/** An app's set-up, by the replica's own way to the database. */
async function setUp(kind: 'gateway' | 'auth', { app }: Replica, watchdog: Watchdog, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const script = `apps/${kind}/src/set-up.js`;
  const { options } = app;
  const process = new AppProcess({ ...options, name: `${kind}-set-up`, script, env: { ...options.env, ...env } }, watchdog);
  await process.start({ mayEnd: true });
  const code = await process.exitCode();
  if (code !== 0) throw new Error(`${process.name} failed: ${process.lastWords()}`);
}

interface Secrets {
  apiToken: string;
  keys: { publicKeys: KeySet; privateKeys: KeySet };
  signingKeys: KeySet;
  gatewaySecret: string;
}

async function makeSecrets(): Promise<Secrets> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const signingKey = { ...(await exportJWK(privateKey)), kid: 'faults-sign', use: 'sig', alg: 'ES256' };
  return {
    apiToken: randomBytes(32).toString('base64url'),
    gatewaySecret: randomBytes(32).toString('base64url'),
    keys: await generateSealingKeys('faults-seal'),
    signingKeys: { keys: [signingKey] },
  };
}

function environments(servers: Servers, secrets: Secrets, brokers: number): Record<'gateway' | 'auth', NodeJS.ProcessEnv> {
  const addresses = (user: 'gateway' | 'auth'): string =>
    servers.brokers.map(({ proxies }) => `127.0.0.1:${proxies[user].port}`).join(',');
  const replication = brokers === 1 ? {} : { TOPIC_REPLICATION_FACTOR: '3', TOPIC_MIN_INSYNC_REPLICAS: '2' };
  return {
    gateway: {
      ...{ KAFKA_BROKERS: addresses('gateway'), UV_THREADPOOL_SIZE: '8', API_RATE_LIMIT: '0', ...replication },
      ...{ GATEWAY_SECRET: secrets.gatewaySecret, CREDENTIAL_PUBLIC_KEYS: JSON.stringify(secrets.keys.publicKeys) },
    },
    auth: {
      ...{ KAFKA_BROKERS: addresses('auth'), UV_THREADPOOL_SIZE: '8', AUTH_OPERATOR_TOKEN: secrets.apiToken },
      ...{
        CREDENTIAL_PRIVATE_KEYS: JSON.stringify(secrets.keys.privateKeys),
        TOKEN_SIGNING_KEYS: JSON.stringify(secrets.signingKeys),
      },
    },
  };
}
