import { randomBytes } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  databaseUrl,
  ensureDatabases,
  freePort,
  newClusterId,
  startKafka,
  startPostgres,
  type KafkaOptions,
  type PostgresOptions,
  type RunningKafka,
  type RunningPostgres,
  type Watchdog,
} from '#app/system';
import { TcpProxy } from './tcp-proxy.js';

/** Who reaches a broker by a way of its own. */
type BrokerUser = 'gateway' | 'auth';

/** A PostgreSQL that can be stopped, killed and started. */
export class DatabaseServer {
  private running: RunningPostgres | undefined;

  constructor(
    private readonly options: PostgresOptions,
    private readonly watchdog: Watchdog,
  ) {}

  get port(): number {
    return this.options.port;
  }

  get dataDir(): string {
    return this.options.dataDir;
  }

  get adminUrl(): string {
    return `postgres://postgres:${this.options.password}@127.0.0.1:${this.port}/postgres`;
  }

  async start(): Promise<void> {
    this.running = await startPostgres(this.options, this.watchdog);
  }

  /** SIGINT is a fast shutdown, SIGQUIT an immediate one: as a crash, with recovery at the next start. */
  async stop(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void> {
    const { running } = this;
    if (!running) return;
    this.running = undefined;
    process.kill(running.pid, signal);
    await running.exited;
  }
}

/** A broker, which its users reach by proxies of their own. */
export class Broker {
  private running: RunningKafka | undefined;

  constructor(
    private readonly options: KafkaOptions,
    readonly proxies: Record<BrokerUser, TcpProxy>,
    private readonly watchdog: Watchdog,
  ) {}

  /** Past the proxies, for those who watch. */
  get address(): string {
    return `127.0.0.1:${this.options.port}`;
  }

  get nodeId(): number {
    return this.options.member?.nodeId ?? 1;
  }

  get dataDir(): string {
    return this.options.dataDir;
  }

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  async start(): Promise<void> {
    this.running = await startKafka(this.options, this.watchdog);
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { running } = this;
    if (!running) return;
    this.running = undefined;
    process.kill(running.pid, signal);
    await running.exited;
  }

  async openProxies(): Promise<void> {
    await Promise.all(Object.values(this.proxies).map((proxy) => proxy.open()));
  }
}

/** The servers under test. */
export interface Servers {
  postgres: DatabaseServer;
  brokers: Broker[];
  /** Past every proxy. */
  gatewayDatabaseUrl: string;
  authDatabaseUrl: string;
}

/** Starts PostgreSQL, as durable as in production, and as many brokers as are asked for. */
export async function startServers(folder: string, java: string, brokerCount: 1 | 3, watchdog: Watchdog): Promise<Servers> {
  const password = randomBytes(16).toString('hex');
  const postgres = new DatabaseServer(
    { ...files(folder, 'postgres'), port: await freePort(), password, durable: true },
    watchdog,
  );
  const brokers = await makeBrokers(folder, java, brokerCount, watchdog);
  await Promise.all([postgres.start(), ...brokers.flatMap((broker) => [broker.start(), broker.openProxies()])]);
  const [gateway, auth] = ['faults_gateway', 'faults_auth'].map((name) => ({ name, password }));
  await ensureDatabases(postgres.adminUrl, [gateway!, auth!]);
  return {
    postgres,
    brokers,
    gatewayDatabaseUrl: databaseUrl(postgres.adminUrl, gateway!),
    authDatabaseUrl: databaseUrl(postgres.adminUrl, auth!),
  };
}

async function makeBrokers(folder: string, java: string, count: number, watchdog: Watchdog): Promise<Broker[]> {
  const clusterId = newClusterId();
  const controllerPorts = await freePorts(count);
  const brokers = Array.from({ length: count }, async (_, at) => {
    const [port, gateway, auth, gatewayProxy, authProxy] = (await freePorts(5)) as [number, number, number, number, number];
    const name = count === 1 ? 'kafka' : `kafka-${at + 1}`;
    const settings = {
      ...listeners(port, controllerPorts[at]!, { gateway: [gateway, gatewayProxy], auth: [auth, authProxy] }),
      ...(count === 1 ? {} : REPLICATED),
    };
    const member = count === 1 ? {} : { member: { clusterId, nodeId: at + 1, controllerPorts } };
    const fixed = { port, jars: { java, folder: jarsFolder() }, settings, ...member };
    const proxies = { gateway: new TcpProxy(gatewayProxy, gateway), auth: new TcpProxy(authProxy, auth) };
    return new Broker({ ...files(folder, name), ...fixed }, proxies, watchdog);
  });
  return Promise.all(brokers);
}

/** A broker tells its clients where to go on: each of its users is sent to its own proxy. */
function listeners(
  port: number,
  controllerPort: number,
  { gateway, auth }: Record<BrokerUser, [listens: number, advertised: number]>,
): Record<string, string> {
  const at = (name: string, number: number): string => `${name}://127.0.0.1:${number}`;
  const own = [at('PLAINTEXT', port), at('GATEWAY', gateway[0]), at('AUTH', auth[0])];
  return {
    listeners: [...own, at('CONTROLLER', controllerPort)].join(','),
    'advertised.listeners': [at('PLAINTEXT', port), at('GATEWAY', gateway[1]), at('AUTH', auth[1])].join(','),
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,GATEWAY:PLAINTEXT,AUTH:PLAINTEXT,CONTROLLER:PLAINTEXT',
  };
}

const REPLICATED = {
  'offsets.topic.replication.factor': 3,
  'transaction.state.log.replication.factor': 3,
  'transaction.state.log.min.isr': 2,
  'replica.lag.time.max.ms': 3_000,
} as const;

const files = (folder: string, name: string) => ({
  dataDir: join(folder, name),
  logFile: join(folder, `${name}.log`),
  pidFile: join(folder, `${name}.pid.json`),
});

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

function jarsFolder(): string {
  const link = resolve('.cache/kafka');
  return existsSync(link) ? realpathSync(link) : link;
}
