/** Settings of a broker, as Kafka names them. */
export type BrokerSettings = Readonly<Record<string, string | number | boolean>>;

/** A node in a cluster: each is broker and controller. */
export interface ClusterMember {
  /** 16 bytes in base64url, the same for all nodes. */
  clusterId: string;
  /** From 1. */
  nodeId: number;
  /** Of the controllers, by node. */
  controllerPorts: readonly number[];
}

/** The broker's `server.properties`: a node that is broker and controller, alone unless a cluster is given. */
export const serverProperties = (
  dataDir: string,
  port: number,
  controllerPort: number,
  { settings = {}, member }: { settings?: BrokerSettings | undefined; member?: ClusterMember | undefined } = {},
): string =>
  properties({
    'process.roles': 'broker,controller',
    'node.id': member?.nodeId ?? 1,
    ...(member
      ? { 'controller.quorum.voters': member.controllerPorts.map((each, at) => `${at + 1}@127.0.0.1:${each}`).join(',') }
      : { 'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}` }),
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'log.dirs': dataDir,
    'auto.create.topics.enable': false,
    // A record of 2 MiB, the 64 KiB that a dead letter adds, and room for a batch's own head.
    'message.max.bytes': 3 * 1024 * 1024,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    // 128 MiB by default, which the broker fills with zeros at its start; this is enough for 150,000 keys at once.
    'log.cleaner.dedupe.buffer.size': 4 * 1024 * 1024,
    // A killed broker may join only after its earlier session has ended: 9 s by default.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    ...settings,
  });

/** The broker's own log: its warnings, and its start. */
export const loggingProperties = (): string =>
  properties({
    status: 'error',
    'appender.out.type': 'Console',
    'appender.out.name': 'out',
    'appender.out.layout.type': 'PatternLayout',
    'appender.out.layout.pattern': '%d{ISO8601} %p %c{1} %m%n',
    'rootLogger.level': 'warn',
    'rootLogger.appenderRef.out.ref': 'out',
    'logger.server.name': 'kafka.server.KafkaRaftServer',
    'logger.server.level': 'info',
  });

// In this format a backslash begins an escape, and a letter outside ASCII needs one.
const properties = (entries: Record<string, string | number | boolean>): string =>
  Object.entries(entries)
    .map(
      ([key, value]) =>
        `${key}=${String(value)
          .replaceAll('\\', '\\\\')
          .replace(/[^ -~]/g, escaped)}\n`,
    )
    .join('');

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
