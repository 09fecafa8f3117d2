import { DEFAULT_TOPIC_PREFIX } from '#app/contracts/light';
import { openingKeySet, readEventMacKeys, sealingKeySet, type EventMacKeys } from '#app/credentials';
import {
  boolean,
  hostName,
  integer,
  KEEP_ALIVE_SECONDS,
  kafkaName,
  LOG_LEVELS,
  oneOf,
  readDatabaseUrl,
  readKafkaConnection,
  readTracing,
  secret,
  SettingsReader,
  trustedProxies,
  unknownSettings,
  type TrustedProxies,
  visibleAscii,
  type DatabaseUrl,
  type KafkaConnection,
  type LogLevel,
  type SettingsSource,
  type TracingSettings,
} from '#app/settings';

/** The gateway's settings, checked. */
export interface GatewayEnv {
  port: number;
  /** The name or address that it listens on; undefined for all, IPv6 and IPv4. */
  host: string | undefined;
  /** Which proxies may state the caller's address. */
  trustProxy: TrustedProxies;
  /** Whether log lines of requests hold keyed hashes instead of address blocks. */
  hashAddresses: boolean;
  /** How long an idle connection stays open, in seconds: longer than any balancer in front keeps it. */
  keepAliveSeconds: number;
  databaseUrl: DatabaseUrl;
  kafka: KafkaConnection;
  topics: { prefix: string; partitions: number; replicationFactor: number; minInsyncReplicas: number };
  /** Most event streams of one process, in all and per token. */
  eventStreams: { perToken: number; perProcess: number };
  /** Key of the hashes of tokens; at least 32 bytes. */
  secret: Buffer;
  /** JSON Web Key Set with the auth app's public key. */
  credentialPublicKeys: string;
  /** Keys that mark the records of logins; undefined: records are unmarked. */
  eventMacKeys: EventMacKeys | undefined;
  /** Requests per minute and token, over all replicas; 0 for no limit. */
  apiRateLimit: number;
  /** Whether the most common passwords, and a login's own email, are refused as passwords. */
  refuseWeakPasswords: boolean;
  /** Whether the documents of the API and its events are served; they need no token. */
  docsEnabled: boolean;
  /** An export that takes longer is cut. */
  exportMaxMs: number;
  /** How many days a contact's history is kept; null: as long as the contact. */
  historyDays: number | null;
  /** How long entries of the audit trail are kept. */
  auditDays: number;
  validateEvents: boolean;
  /** Most rows of the outbox before changes are refused. */
  outboxMaxRows: number;
  /** Most connections of one process; further ones are closed at once. */
  maxConnections: number;
  /** Threads of libuv's pool: hashes, files and name look-ups run on it. */
  poolThreads: number;
  /** How long the process still serves after it reports that it is not ready, in milliseconds. */
  shutdownNoticeMs: number;
  logLevel: LogLevel;
  /** Where spans are sent; undefined: nothing is traced. */
  tracing: TracingSettings | undefined;
}

/** Variables that look like settings and are none. */
export const readUnknown = (source: SettingsSource = process.env): string[] => unknownSettings(source);

/** @throws {InvalidSettings} naming every setting that is missing or wrong */
export function readEnv(source: SettingsSource = process.env): GatewayEnv {
  const settings = new SettingsReader(source);
  return settings.accept({
    port: settings.read('GATEWAY_PORT', 3000, integer(0, 65_535)),
    host: settings.read<string>('HOST', '', hostName) || undefined,
    trustProxy: settings.read<TrustedProxies>('TRUST_PROXY', false, trustedProxies),
    hashAddresses: settings.read('LOG_ADDRESS_HASHES', false, boolean),
    keepAliveSeconds: settings.read('KEEP_ALIVE_SECONDS', KEEP_ALIVE_SECONDS, integer(1, 86_400)),
    ...readStore(settings),
    kafka: readKafkaConnection(settings),
    topics: readTopics(settings),
    eventStreams: {
      perToken: settings.read('EVENT_STREAMS_PER_TOKEN', 10, integer(1, 10_000)),
      perProcess: settings.read('EVENT_STREAMS_PER_PROCESS', 500, integer(1, 10_000)),
    },
    credentialPublicKeys: settings.readOrFile('CREDENTIAL_PUBLIC_KEYS', sealingKeySet),
    eventMacKeys: settings.readOptionalOrFile('EVENT_MAC_KEYS', readEventMacKeys),
    apiRateLimit: settings.read('API_RATE_LIMIT', 1_000, integer(0, 999_999_999)),
    refuseWeakPasswords: settings.read('REFUSE_WEAK_PASSWORDS', false, boolean),
    exportMaxMs: 1_000 * settings.read('EXPORT_MAX_SECONDS', 600, integer(1, 86_400)),
    historyDays: settings.read<number | null>('HISTORY_DAYS', null, integer(1, 36_500)),
    auditDays: settings.read('AUDIT_DAYS', 400, integer(1, 36_500)),
    docsEnabled: settings.read('DOCS_ENABLED', true, boolean),
    validateEvents: settings.read('VALIDATE_EVENTS', true, boolean),
    outboxMaxRows: settings.read('OUTBOX_MAX_ROWS', 1_000_000, integer(1, 1_000_000_000)),
    maxConnections: settings.read('MAX_CONNECTIONS', 5_000, integer(1, 1_000_000)),
    poolThreads: settings.read('UV_THREADPOOL_SIZE', 4, integer(2, 1_024)),
    shutdownNoticeMs: 1_000 * settings.read('SHUTDOWN_NOTICE_SECONDS', 0, integer(0, 300)),
    logLevel: settings.read('LOG_LEVEL', 'info', oneOf(LOG_LEVELS)),
    tracing: readTracing(settings),
  });
}

/** The settings of set-up: no key of credentials, and the key of tokens only if it seeds one. */
export interface SetUpEnv extends Pick<GatewayEnv, 'databaseUrl' | 'kafka' | 'topics'> {
  /** A token with all scopes. */
  seed: { token: string; secret: Buffer } | undefined;
}

/** @throws {InvalidSettings} */
export function readSetUpEnv(source: SettingsSource = process.env): SetUpEnv {
  const settings = new SettingsReader(source);
  const token = settings.readOptionalOrFile('API_TOKEN', visibleAscii(8, 512));
  return settings.accept({
    databaseUrl: readDatabaseUrl(settings, 'GATEWAY_DATABASE_URL'),
    kafka: readKafkaConnection(settings),
    topics: readTopics(settings),
    seed: token ? { token, secret: settings.readOrFile('GATEWAY_SECRET', secret) } : undefined,
  });
}

/** Names of topics and of the auth app's group, for their ACLs. @throws {InvalidSettings} */
export function readAclEnv(source: SettingsSource = process.env): { prefix: string; consumerGroup: string } {
  const settings = new SettingsReader(source);
  return settings.accept({
    prefix: settings.read('TOPIC_PREFIX', DEFAULT_TOPIC_PREFIX, kafkaName(180)),
    consumerGroup: settings.read('CONSUMER_GROUP', 'contact-sync-auth', kafkaName(249)),
  });
}

/**
 * The settings of the command for tokens.
 * @throws {InvalidSettings}
 */
export function readTokenEnv(source: SettingsSource = process.env): Pick<GatewayEnv, 'databaseUrl' | 'secret'> {
  const settings = new SettingsReader(source);
  return settings.accept(readStore(settings));
}

/** The settings of repairs of published data. */
interface RepairEnv {
  databaseUrl: DatabaseUrl;
  topicPrefix: string;
}

/** @throws {InvalidSettings} */
export function readRepairEnv(source: SettingsSource = process.env): RepairEnv {
  const settings = new SettingsReader(source);
  return settings.accept(readRepair(settings));
}

/** @throws {InvalidSettings} */
export function readResyncEnv(source: SettingsSource = process.env): RepairEnv & Pick<GatewayEnv, 'kafka' | 'eventMacKeys'> {
  const settings = new SettingsReader(source);
  return settings.accept({
    ...readRepair(settings),
    kafka: readKafkaConnection(settings),
    eventMacKeys: settings.readOptionalOrFile('EVENT_MAC_KEYS', readEventMacKeys),
  });
}

/** Public and private keys: a gateway has no private key, the operator who seals again has both. @throws {InvalidSettings} */
export function readResealEnv(
  source: SettingsSource = process.env,
): RepairEnv & Pick<GatewayEnv, 'credentialPublicKeys'> & { credentialPrivateKeys: string } {
  const settings = new SettingsReader(source);
  return settings.accept({
    ...readRepair(settings),
    credentialPublicKeys: settings.readOrFile('CREDENTIAL_PUBLIC_KEYS', sealingKeySet),
    credentialPrivateKeys: settings.readOrFile('CREDENTIAL_PRIVATE_KEYS', openingKeySet),
  });
}

const readRepair = (settings: SettingsReader): RepairEnv => ({
  databaseUrl: readDatabaseUrl(settings, 'GATEWAY_DATABASE_URL'),
  topicPrefix: settings.read('TOPIC_PREFIX', DEFAULT_TOPIC_PREFIX, kafkaName(180)),
});

const readTopics = (settings: SettingsReader): GatewayEnv['topics'] => ({
  prefix: settings.read('TOPIC_PREFIX', DEFAULT_TOPIC_PREFIX, kafkaName(180)),
  partitions: settings.read('TOPIC_PARTITIONS', 6, integer(1, 1_000)),
  replicationFactor: settings.read('TOPIC_REPLICATION_FACTOR', 1, integer(1, 10)),
  minInsyncReplicas: settings.read('TOPIC_MIN_INSYNC_REPLICAS', 1, integer(1, 10)),
});

const readStore = (settings: SettingsReader): Pick<GatewayEnv, 'databaseUrl' | 'secret'> => ({
  databaseUrl: readDatabaseUrl(settings, 'GATEWAY_DATABASE_URL'),
  secret: settings.readOrFile('GATEWAY_SECRET', secret),
});
