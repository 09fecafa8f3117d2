import { setTimeout as sleep } from 'node:timers/promises';
import {
  AppProcess,
  brokerList,
  freePort,
  mainScript,
  makeSecrets,
  markSetting,
  productionEnvironment,
  setUpScript,
  startServers,
  TcpProxy,
  type AppKind,
  type KafkaServer,
  type ProcessHost,
  type ProxyMode,
  type Servers,
  type SystemSecrets,
} from '#app/system';
import type { Cluster } from '#app/system/testing';
import pg from 'pg';

/** The settings of the system. */
export interface SystemOptions {
  brokers: 1 | 3;
  gateways: number;
  auths: number;
  /** Servers that run already. They have no proxies to brokers, and their owner sets them up. @default plain ones */
  wires?: Wires;
  /** The folder of the built apps of another release. */
  built?: string | undefined;
  /** Modules to load before each app and each set-up, for example a planted defect. */
  preloads?: readonly string[];
}

/** Servers of another kind, and how each process reaches them. */
export interface Wires {
  servers: Servers;
  /** The checker's own URLs. */
  databaseUrls: Readonly<Record<AppKind, string>>;
  /** The checker's own client of the brokers. */
  cluster: Cluster;
  /** Settings of a process, whose proxy to its database is at the port. */
  environment: (kind: AppKind, name: string, databasePort: number) => Record<string, string>;
}

/** A process of an app, with its own proxies to its database and to each broker. */
export interface Replica {
  app: AppProcess;
  database: TcpProxy;
}

interface ReplicaPlan {
  kind: AppKind;
  name: string;
  built: string | undefined;
}

/** The whole system: servers, real processes, and proxies between them. */
export class System {
  /** The checker's own sessions, without a proxy. */
  readonly sql: { gateway: pg.Pool; auth: pg.Pool };
  readonly gateways: Replica[];
  readonly auths: Replica[];

  private constructor(
    readonly servers: Servers,
    readonly databaseUrls: Readonly<Record<AppKind, string>>,
    replicas: Readonly<Record<AppKind, Replica[]>>,
    readonly secrets: SystemSecrets,
    readonly host: ProcessHost,
    /** For the checker's own clients of the brokers. */
    readonly cluster: Cluster,
  ) {
    this.gateways = replicas.gateway;
    this.auths = replicas.auth;
    const pool = (connectionString: string): pg.Pool => new pg.Pool({ connectionString, max: 3, connectionTimeoutMillis: 2_000 });
    this.sql = { gateway: pool(databaseUrls.gateway), auth: pool(databaseUrls.auth) };
    for (const each of Object.values(this.sql)) each.on('error', () => undefined);
  }

  static async start(options: SystemOptions, host: ProcessHost): Promise<System> {
    const names = {
      gateway: Array.from({ length: options.gateways }, (_, at) => `gateway-${at + 1}`),
      auth: Array.from({ length: options.auths }, (_, at) => `auth-${at + 1}`),
    };
    const wires = options.wires ?? (await plainWires(options.brokers, [...names.gateway, ...names.auth], host));
    const secrets = await makeSecrets();
    const make = (kind: AppKind): Promise<Replica[]> =>
      Promise.all(names[kind].map((name) => startReplica({ kind, name, built: options.built }, wires, secrets, host)));
    const replicas = { gateway: await make('gateway'), auth: await make('auth') };
    for (const { app } of [...replicas.gateway, ...replicas.auth]) app.preloads.push(...(options.preloads ?? []));
    const system = new System(wires.servers, wires.databaseUrls, replicas, secrets, host, wires.cluster);
    if (!options.wires) await Promise.all([system.setUp('gateway', { API_TOKEN: secrets.apiToken }), system.setUp('auth')]);
    return system;
  }

  get replicas(): Replica[] {
    return [...this.gateways, ...this.auths];
  }

  /** Starts the stopped processes, and waits until they serve. */
  async startApps(): Promise<void> {
    const away = this.replicas.filter(({ app }) => !app.isRunning);
    await Promise.all(away.map(({ app }) => app.start()));
    await Promise.all(away.map(({ app }) => app.untilReady()));
  }

  /** Runs an app's set-up through the proxies of its first replica. The gateway's set-up makes missing topics. */
  async setUp(kind: AppKind, env: Record<string, string> = {}): Promise<void> {
    const { app } = kind === 'gateway' ? this.gateways[0]! : this.auths[0]!;
    const { built } = app.app;
    const script = setUpScript(kind, { ...app.app.env, ...env }, built === undefined ? {} : { built });
    const process = new AppProcess(script, this.host);
    process.preloads.push(...app.preloads);
    await process.runToEnd();
  }

  /** The replica whose relay publishes; undefined where none reports it. */
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

  /** Sets the proxies of some replicas to all brokers. */
  async setBrokerProxies(replicas: readonly Replica[], mode: ProxyMode): Promise<void> {
    const { brokers } = this.servers;
    await Promise.all(replicas.flatMap((replica) => brokers.map((broker) => proxyTo(broker, replica).set(mode))));
  }

  async close(): Promise<void> {
    for (const { app } of this.replicas) app.thaw();
    await Promise.all(this.replicas.map(({ app }) => app.kill()));
    await Promise.allSettled(Object.values(this.sql).map((pool) => pool.end()));
    const { brokers, postgres } = this.servers;
    await Promise.all([
      ...this.replicas.map(({ database }) => database.close()),
      ...brokers.map((broker) => broker.closeProxies()),
      ...brokers.map((broker) => broker.stop('SIGKILL')),
      postgres.stop('SIGKILL'),
    ]);
  }
}

/** A replica's own way to a broker. */
export const proxyTo = (broker: KafkaServer, { app }: Replica): TcpProxy => broker.proxyOf(app.name);

async function plainWires(brokers: 1 | 3, names: readonly string[], host: ProcessHost): Promise<Wires> {
  const servers = await startServers(host, { brokers, durable: true, proxiedClients: names });
  return {
    servers,
    databaseUrls: {
      gateway: await servers.postgres.database('faults_gateway'),
      auth: await servers.postgres.database('faults_auth'),
    },
    cluster: servers.brokers.map(({ address }) => address),
    environment: (_kind, name) => ({ KAFKA_BROKERS: brokerList(servers.brokers, name) }),
  };
}

async function startReplica(
  { kind, name, built }: ReplicaPlan,
  { servers: { postgres, brokers }, databaseUrls, environment }: Wires,
  secrets: SystemSecrets,
  host: ProcessHost,
): Promise<Replica> {
  const database = await TcpProxy.open(postgres.port);
  const port = await freePort();
  const settings = { ...secrets, port, databaseUrl: database.through(databaseUrls[kind]), brokers: '' };
  const replication = brokers.length === 1 ? {} : { TOPIC_REPLICATION_FACTOR: '3', TOPIC_MIN_INSYNC_REPLICAS: '2' };
  const own = { ...markSetting(secrets), ...environment(kind, name, database.port) };
  const env = productionEnvironment(kind, settings, { ...(kind === 'gateway' ? replication : {}), ...own });
  const script = mainScript(kind, env, { name, port, ...(built === undefined ? {} : { built }) });
  return { app: new AppProcess(script, host), database };
}

/** The state of a gateway's relay in its health; undefined without an answer. */
export async function relayStateOf(app: AppProcess): Promise<string | undefined> {
  if (!app.isAwake) return undefined;
  try {
    const response = await fetch(`${app.url}/health`, { signal: AbortSignal.timeout(2_000) });
    return ((await response.json()) as { parts: { relay: { state: string } } }).parts.relay.state;
  } catch {
    return undefined;
  }
}
