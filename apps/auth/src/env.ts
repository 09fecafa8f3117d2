import { hkdfSync } from 'node:crypto';
import { DEFAULT_TOPIC_PREFIX } from '#app/contracts/light';
import { openingKeySet, readEventMacKeys, signingKeySet, type EventMacKeys } from '#app/credentials';
import {
  boolean,
  hostName,
  integer,
  KEEP_ALIVE_SECONDS,
  kafkaName,
  LOG_LEVELS,
  oneOf,
  secret,
  readDatabaseUrl,
  readKafkaConnection,
  readTracing,
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
import type { TokenTerms } from './portal-sessions/access-tokens.js';
import type { AttemptLimits } from './portal-sessions/sign-in-attempts.js';

/** The auth app's settings, checked. */
export interface AuthEnv {
  port: number;
  /** The name or address that it listens on; undefined for all, IPv6 and IPv4. */
  host: string | undefined;
  /** How long an idle connection stays open, in seconds: longer than any balancer in front keeps it. */
  keepAliveSeconds: number;
  databaseUrl: DatabaseUrl;
  kafka: KafkaConnection;
  topicPrefix: string;
  consumerGroup: string;
  /** JSON Web Key Set with every private key that a living credential may be sealed to. */
  credentialPrivateKeys: string;
  /** Keys of the marks that records of logins must have; undefined: every record is accepted. */
  eventMacKeys: EventMacKeys | undefined;
  /** JSON Web Key Set of private keys: the first one signs access tokens, the public halves of all are published. */
  tokenSigningKeys: string;
  /** Opens the operator's routes; without it they answer 401 to all. */
  operatorToken: string | undefined;
  accessTokens: TokenTerms;
  /** How many days entries of the audit trail are kept. */
  auditDays: number;
  /** Key of the hashes of emails and addresses of sign-ins; at least 32 bytes. */
  secret: Buffer;
  attempts: AttemptLimits;
  /** Whether log lines of requests hold keyed hashes instead of address blocks. */
  hashAddresses: boolean;
  /** Own proxies in front: their number or their addresses; false if there are none. */
  trustProxy: TrustedProxies;
  /** Most connections of one process; further ones are closed at once. */
  maxConnections: number;
  /** Threads of libuv's pool: hashes, files and name look-ups run on it. */
  poolThreads: number;
  /** How long the process still serves after it reports that it is not ready, in milliseconds. */
  shutdownNoticeMs: number;
  /** Whether the OpenAPI document and its page are served. */
  docsEnabled: boolean;
  logLevel: LogLevel;
  /** Where spans are sent; undefined: nothing is traced. */
  tracing: TracingSettings | undefined;
}

/** Variables that look like settings and are none. */
export const readUnknown = (source: SettingsSource = process.env): string[] => unknownSettings(source);

/** @throws {InvalidSettings} naming every setting that is missing or wrong */
export function readEnv(source: SettingsSource = process.env): AuthEnv {
  const settings = new SettingsReader(source);
  const env = {
    port: settings.read('AUTH_PORT', 3001, integer(0, 65_535)),
    host: settings.read<string>('HOST', '', hostName) || undefined,
    keepAliveSeconds: settings.read('KEEP_ALIVE_SECONDS', KEEP_ALIVE_SECONDS, integer(1, 86_400)),
    ...readSources(settings),
    consumerGroup: settings.read('CONSUMER_GROUP', 'contact-sync-auth', kafkaName(249)),
    tokenSigningKeys: settings.readOrFile('TOKEN_SIGNING_KEYS', signingKeySet),
    operatorToken: settings.readOptionalOrFile('AUTH_OPERATOR_TOKEN', visibleAscii(8, 512)),
    accessTokens: {
      issuer: settings.read('ACCESS_TOKEN_ISSUER', 'contact-sync/auth', visibleAscii(1, 255)),
      audience: settings.read('ACCESS_TOKEN_AUDIENCE', 'portal', visibleAscii(1, 255)),
      ttlSeconds: settings.read('ACCESS_TOKEN_TTL_SECONDS', 900, integer(10, 86_400)),
    },
    auditDays: settings.read('AUDIT_DAYS', 400, integer(1, 36_500)),
    attempts: {
      perEmailAndAddress: settings.read('LOGIN_ATTEMPTS_PER_EMAIL_AND_ADDRESS', 10, integer(1, 1_000)),
      perAddress: settings.read('LOGIN_ATTEMPTS_PER_ADDRESS', 100, integer(1, 100_000)),
      perEmail: settings.read('LOGIN_ATTEMPTS_PER_EMAIL', 100, integer(1, 100_000)),
      windowSeconds: settings.read('LOGIN_ATTEMPTS_WINDOW_SECONDS', 900, integer(1, 86_400)),
      atOnce: settings.read('LOGIN_ATTEMPTS_AT_ONCE', 4, integer(1, 1_000)),
    },
    hashAddresses: settings.read('LOG_ADDRESS_HASHES', false, boolean),
    trustProxy: settings.read<TrustedProxies>('TRUST_PROXY', false, trustedProxies),
    maxConnections: settings.read('MAX_CONNECTIONS', 5_000, integer(1, 1_000_000)),
    poolThreads: settings.read('UV_THREADPOOL_SIZE', 4, integer(2, 1_024)),
    shutdownNoticeMs: 1_000 * settings.read('SHUTDOWN_NOTICE_SECONDS', 0, integer(0, 300)),
    docsEnabled: settings.read('DOCS_ENABLED', true, boolean),
    logLevel: settings.read('LOG_LEVEL', 'info', oneOf(LOG_LEVELS)),
    tracing: readTracing(settings),
  };
  const ownSecret = settings.readOptionalOrFile('AUTH_SECRET', secret);
  return settings.accept({ ...env, secret: ownSecret ?? derivedSecret(env.tokenSigningKeys) });
}

/** What set-up needs: no key. @throws {InvalidSettings} */
export function readSetUpEnv(source: SettingsSource = process.env): Pick<AuthEnv, 'databaseUrl'> {
  const settings = new SettingsReader(source);
  return settings.accept({ databaseUrl: readDatabaseUrl(settings, 'AUTH_DATABASE_URL') });
}

/** Names of topics and of the auth app's group, for their ACLs. @throws {InvalidSettings} */
export function readAclEnv(source: SettingsSource = process.env): { prefix: string; consumerGroup: string } {
  const settings = new SettingsReader(source);
  return settings.accept({
    prefix: settings.read('TOPIC_PREFIX', DEFAULT_TOPIC_PREFIX, kafkaName(180)),
    consumerGroup: settings.read('CONSUMER_GROUP', 'contact-sync-auth', kafkaName(249)),
  });
}

/** What a rebuild of the logins needs. */
export type RebuildEnv = Pick<AuthEnv, 'databaseUrl' | 'kafka' | 'topicPrefix' | 'credentialPrivateKeys' | 'eventMacKeys'>;

/** @throws {InvalidSettings} */
export function readRebuildEnv(source: SettingsSource = process.env): RebuildEnv {
  const settings = new SettingsReader(source);
  return settings.accept(readSources(settings));
}

const readSources = (settings: SettingsReader): RebuildEnv => ({
  databaseUrl: readDatabaseUrl(settings, 'AUTH_DATABASE_URL'),
  kafka: readKafkaConnection(settings),
  topicPrefix: settings.read('TOPIC_PREFIX', DEFAULT_TOPIC_PREFIX, kafkaName(180)),
  eventMacKeys: settings.readOptionalOrFile('EVENT_MAC_KEYS', readEventMacKeys),
  credentialPrivateKeys: settings.readOrFile('CREDENTIAL_PRIVATE_KEYS', openingKeySet),
});

/** Derives the secret from the signing keys if none is set: all replicas have the same one until these keys are rotated. */
const derivedSecret = (tokenSigningKeys: string): Buffer =>
  Buffer.from(hkdfSync('sha256', tokenSigningKeys ?? '', '', 'contact-sync/auth secret', 32));
