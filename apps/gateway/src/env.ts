import { readFileSync } from 'node:fs';
import { DEFAULT_TOPIC_PREFIX } from '@app/contracts';
import { LOG_LEVELS, type LogLevel } from '@app/http';
import type { SASLOptions } from 'kafkajs';

/** The gateway's settings, checked. */
export interface GatewayEnv {
  port: number;
  databaseUrl: string;
  kafka: { brokers: string[]; ssl: boolean; sasl: SASLOptions | undefined };
  topics: { prefix: string; partitions: number; replicationFactor: number; minInsyncReplicas: number };
  /** Key of the hashes that tokens are stored as; at least 32 bytes. */
  secret: Buffer;
  /** JSON Web Key Set with the auth app's public key. */
  credentialPublicKeys: string;
  /** A token with all scopes that set-up seeds. */
  apiToken: string | undefined;
  /** Requests a minute and token, over all replicas; 0 for no limit. */
  apiRateLimit: number;
  validateEvents: boolean;
  /** Rows that may wait for the broker before changes are refused. */
  outboxMaxRows: number;
  logLevel: LogLevel;
}

/** Settings that cannot be used: one line each. */
export class InvalidSettings extends Error {
  override readonly name = 'InvalidSettings';
}

type Source = Readonly<Record<string, string | undefined>>;

/** @throws {InvalidSettings} naming every setting that is missing or wrong */
export function readEnv(source: Source = process.env): GatewayEnv {
  const { read, refuseDefects } = readerOf(source);
  const env: GatewayEnv = {
    port: read('GATEWAY_PORT', 3000, integer(0, 65_535)),
    databaseUrl: read('GATEWAY_DATABASE_URL', undefined, postgresUrl),
    kafka: {
      brokers: read('KAFKA_BROKERS', undefined, brokerList),
      ssl: read('KAFKA_SSL', false, boolean),
      sasl: source['KAFKA_SASL_USERNAME'] ? saslFrom(source) : undefined,
    },
    topics: {
      prefix: read('TOPIC_PREFIX', DEFAULT_TOPIC_PREFIX, topicPrefix),
      partitions: read('TOPIC_PARTITIONS', 6, integer(1, 1_000)),
      replicationFactor: read('TOPIC_REPLICATION_FACTOR', 1, integer(1, 10)),
      minInsyncReplicas: read('TOPIC_MIN_INSYNC_REPLICAS', 1, integer(1, 10)),
    },
    secret: read('GATEWAY_SECRET', undefined, secret),
    credentialPublicKeys: read('CREDENTIAL_PUBLIC_KEYS', fromFile(source['CREDENTIAL_PUBLIC_KEYS_FILE']), (value) => value),
    apiToken: read<string | undefined>('API_TOKEN', '', apiToken) || undefined,
    apiRateLimit: read('API_RATE_LIMIT', 1_000, integer(0, 999_999_999)),
    validateEvents: read('VALIDATE_EVENTS', true, boolean),
    outboxMaxRows: read('OUTBOX_MAX_ROWS', 1_000_000, integer(1, 1_000_000_000)),
    logLevel: read('LOG_LEVEL', 'info', logLevel),
  };
  refuseDefects();
  return env;
}

/**
 * The settings that the command for tokens needs.
 * @throws {InvalidSettings}
 */
export function readTokenEnv(source: Source = process.env): Pick<GatewayEnv, 'databaseUrl' | 'secret'> {
  const { read, refuseDefects } = readerOf(source);
  const env = {
    databaseUrl: read('GATEWAY_DATABASE_URL', undefined, postgresUrl),
    secret: read('GATEWAY_SECRET', undefined, secret),
  };
  refuseDefects();
  return env;
}

/** Reads settings one by one, and remembers what is wrong with each. */
function readerOf(source: Source) {
  const defects: string[] = [];
  const read = <T>(name: string, fallback: T | undefined, parse: (value: string) => T): T => {
    const value = source[name];
    try {
      if (value !== undefined && value !== '') return parse(value);
      if (fallback !== undefined) return fallback;
      throw new Error('is required');
    } catch (error) {
      defects.push(`${name} ${(error as Error).message}.`);
      return undefined as T;
    }
  };
  const refuseDefects = (): void => {
    if (defects.length > 0) throw new InvalidSettings(defects.join('\n'));
  };
  return { read, refuseDefects };
}

const integer = (min: number, max: number) => (value: string) => {
  if (!/^\d+$/.test(value) || Number(value) < min || Number(value) > max)
    throw new Error(`must be a whole number from ${min} to ${max}`);
  return Number(value);
};

function postgresUrl(value: string): string {
  if (!/^postgres(ql)?:\/\/.+/.test(value) || !URL.canParse(value)) throw new Error('must be a postgresql:// URL');
  return value;
}

function brokerList(value: string): string[] {
  const brokers = value.split(',').map((broker) => broker.trim());
  if (!brokers.every((broker) => /^[^\s:]+:\d{1,5}$/.test(broker)))
    throw new Error('must be a comma-separated list of host:port');
  return brokers;
}

function topicPrefix(value: string): string {
  if (!/^[a-zA-Z0-9._-]{1,180}$/.test(value)) throw new Error('must be 1 to 180 letters, digits, dots, hyphens or underscores');
  return value;
}

function secret(value: string): Buffer {
  const bytes = Buffer.from(value, 'base64url');
  if (bytes.length < 32) throw new Error('must be at least 32 random bytes in base64url');
  return bytes;
}

function apiToken(value: string): string {
  if (!/^[\x21-\x7e]{8,512}$/.test(value)) throw new Error('must be 8 to 512 visible ASCII characters');
  return value;
}

function boolean(value: string): boolean {
  if (!['true', 'false', '1', '0'].includes(value)) throw new Error('must be true or false');
  return value === 'true' || value === '1';
}

function logLevel(value: string): LogLevel {
  if (!LOG_LEVELS.includes(value as LogLevel)) throw new Error(`must be one of ${LOG_LEVELS.join(', ')}`);
  return value as LogLevel;
}

function fromFile(path: string | undefined): string | undefined {
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

const saslFrom = (source: Source): SASLOptions =>
  ({
    mechanism: source['KAFKA_SASL_MECHANISM'] ?? 'scram-sha-512',
    username: source['KAFKA_SASL_USERNAME'] ?? '',
    password: source['KAFKA_SASL_PASSWORD'] ?? '',
  }) as SASLOptions;
