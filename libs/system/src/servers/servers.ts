import { randomBytes } from 'node:crypto';
import { javaOf } from '../env.js';
import { TcpProxy } from '../network/tcp-proxy.js';
import type { ProcessHost } from '../processes/app-process.js';
import { kafkaJars } from './kafka-java.js';
import { newClusterId } from './kafka.js';
import { KafkaServer } from './kafka-server.js';
import type { BrokerSettings } from './kafka-settings.js';
import { freePorts } from './ports.js';
import { PostgresServer } from './postgres-server.js';

/** Which servers to start. */
interface ServersOptions {
  /** The Java that runs the brokers. @default the environment's */
  java?: string;
  /** Whether a commit survives a power cut. */
  durable: boolean;
  /** Override the settings of every embedded PostgreSQL. */
  postgresSettings?: Readonly<Record<string, string>>;
  /** @default 1 */
  brokers?: 1 | 3;
  /** Names of clients that reach each broker through a proxy of their own. */
  proxiedClients?: readonly string[];
}

/** PostgreSQL and Kafka on free ports. */
export interface Servers {
  postgres: PostgresServer;
  brokers: KafkaServer[];
}

/**
 * Starts PostgreSQL and the given number of brokers on free ports, with data, logs and pid files in the host's folder.
 * @throws {StartFailed}
 */
export async function startServers(host: ProcessHost, options: ServersOptions): Promise<Servers> {
  const { folder, watchdog } = host;
  const [port] = await freePorts(1);
  const password = randomBytes(16).toString('hex');
  const files = folder.serverFiles('postgres');
  const { durable, postgresSettings: settings = {} } = options;
  const postgres = new PostgresServer({ ...files, port: port!, password, durable, settings }, watchdog);
  const brokers = await makeBrokers(host, options);
  await Promise.all([postgres.start(), ...brokers.map((broker) => broker.start())]);
  return { postgres, brokers };
}

/** `KAFKA_BROKERS` for a client, through its proxies if it has any. */
export const brokerList = (brokers: readonly KafkaServer[], client?: string): string =>
  brokers.map((broker) => (client === undefined ? broker.address : `127.0.0.1:${broker.proxyOf(client).port}`)).join(',');

async function makeBrokers({ folder, watchdog }: ProcessHost, options: ServersOptions): Promise<KafkaServer[]> {
  const { java = javaOf(), brokers: count = 1, proxiedClients: clients = [] } = options;
  const clusterId = newClusterId();
  const controllerPorts = await freePorts(count);
  const brokers = controllerPorts.map(async (controllerPort, at) => {
    const [port, ...listenerPorts] = await freePorts(1 + clients.length);
    const proxies = new Map<string, TcpProxy>();
    for (const [index, client] of clients.entries()) proxies.set(client, await TcpProxy.open(listenerPorts[index]!));
    const listeners = clients.map((client, index) => ({
      name: listenerName(client),
      port: listenerPorts[index]!,
      advertised: proxies.get(client)!.port,
    }));
    const kafka = {
      ...folder.serverFiles(count === 1 ? 'kafka' : `kafka-${at + 1}`),
      port: port!,
      jars: kafkaJars(java),
      settings: { ...listenerSettings(port!, controllerPort, listeners), ...(count === 1 ? {} : REPLICATED) },
      member: { clusterId, nodeId: at + 1, controllerPorts },
    };
    return new KafkaServer(kafka, watchdog, proxies);
  });
  return Promise.all(brokers);
}

interface Listener {
  name: string;
  port: number;
  advertised: number;
}

/** A broker tells its clients where to connect next: it sends a proxied client to that client's proxy. */
function listenerSettings(port: number, controllerPort: number, listeners: readonly Listener[]): BrokerSettings {
  const own = { name: 'PLAINTEXT', port, advertised: port };
  const all = [own, ...listeners];
  const at = (name: string, number: number): string => `${name}://127.0.0.1:${number}`;
  return {
    listeners: [...all.map((each) => at(each.name, each.port)), at('CONTROLLER', controllerPort)].join(','),
    'advertised.listeners': all.map((each) => at(each.name, each.advertised)).join(','),
    'listener.security.protocol.map': [...all.map(({ name }) => name), 'CONTROLLER'].map((name) => `${name}:PLAINTEXT`).join(','),
  };
}

const listenerName = (client: string): string => client.toUpperCase().replaceAll('-', '_');

/** Settings of brokers in a cluster of three. */
export const REPLICATED: BrokerSettings = {
  'offsets.topic.replication.factor': 3,
  'transaction.state.log.replication.factor': 3,
  'transaction.state.log.min.isr': 2,
  'replica.lag.time.max.ms': 3_000,
};
