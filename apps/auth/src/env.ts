import { readFileSync } from 'node:fs';
import { DEFAULT_TOPIC_PREFIX } from '@app/contracts';
import { LOG_LEVELS, type LogLevel } from '@app/http';
import type { SASLOptions } from 'kafkajs';

/** The auth app's settings, checked. */
export interface AuthEnv {
  port: number;
  databaseUrl: string;
  kafka: { brokers: string[]; ssl: boolean; sasl: SASLOptions | undefined };
  topicPrefix: string;
  consumerGroup: string;
  /** JSON Web Key Set with every private key that a living credential may be sealed to. */
  credentialPrivateKeys: string;
  /** JSON Web Key Set of private keys: the first signs access tokens, all are published by their public halves. */
  tokenSigningKeys: string;
  /** Opens the operator's routes; without one they refuse everybody. */
  operatorToken: string | undefined;
  accessTokenTtlSeconds: number;
  attempts: { perEmail: number; perAddress: number; windowSeconds: number };
  /** Proxies of one's own in front: how many, or their addresses; false where there is none. */
  trustProxy: number | string | false;
  logLevel: LogLevel;
}

/** Settings that cannot be used: one line each. */
export class InvalidSettings extends Error {
  override readonly name = 'InvalidSettings';
}

type Source = Readonly<Record<string, string | undefined>>;

/** @throws {InvalidSettings} naming every setting that is missing or wrong */
export function readEnv(source: Source = process.env): AuthEnv {
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
  const keys = (name: string, check: (key: PrivateKey) => string | undefined): string => {
    const file = source[`${name}_FILE`];
    if (source[name] || !file) return read(name, undefined, keySet(check));
    return read(`${name}_FILE`, undefined, (path) => keySet(check)(fileContent(path)));
  };
  const env: AuthEnv = {
    port: read('AUTH_PORT', 3001, integer(0, 65_535)),
    databaseUrl: read('AUTH_DATABASE_URL', undefined, postgresUrl),
    kafka: {
      brokers: read('KAFKA_BROKERS', undefined, brokerList),
      ssl: read('KAFKA_SSL', false, boolean),
      sasl: source['KAFKA_SASL_USERNAME'] ? saslFrom(source, read) : undefined,
    },
    topicPrefix: read('TOPIC_PREFIX', DEFAULT_TOPIC_PREFIX, kafkaName(180)),
    consumerGroup: read('CONSUMER_GROUP', 'contact-sync-auth', kafkaName(249)),
    credentialPrivateKeys: keys('CREDENTIAL_PRIVATE_KEYS', () => undefined),
    tokenSigningKeys: keys('TOKEN_SIGNING_KEYS', signingDefect),
    operatorToken: read<string | undefined>('AUTH_OPERATOR_TOKEN', '', visibleAscii) || undefined,
    accessTokenTtlSeconds: read('ACCESS_TOKEN_TTL_SECONDS', 900, integer(10, 86_400)),
    attempts: {
      perEmail: read('LOGIN_ATTEMPTS_PER_EMAIL', 10, integer(1, 1_000)),
      perAddress: read('LOGIN_ATTEMPTS_PER_ADDRESS', 100, integer(1, 100_000)),
      windowSeconds: read('LOGIN_ATTEMPTS_WINDOW_SECONDS', 900, integer(1, 86_400)),
    },
    trustProxy: read<number | string | false>('TRUST_PROXY', false, proxies),
    logLevel: read('LOG_LEVEL', 'info', logLevel),
  };
  if (defects.length > 0) throw new InvalidSettings(defects.join('\n'));
  return env;
}

interface PrivateKey {
  kid?: unknown;
  kty?: unknown;
  crv?: unknown;
  d?: unknown;
}

/** Says what is wrong with a key set without any of its content. */
const keySet = (check: (key: PrivateKey) => string | undefined) => (text: string) => {
  const keys = keysOf(text);
  if (!Array.isArray(keys) || keys.length === 0) throw new Error('must be a JSON Web Key Set with a key in it');
  for (const key of keys as (PrivateKey | null)[]) {
    if (typeof key?.kid !== 'string' || key.kid === '') throw new Error('must name each key by a kid');
    if (typeof key.d !== 'string') throw new Error('must hold private keys');
    const defect = check(key);
    if (defect) throw new Error(defect);
  }
  return text;
};

function keysOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { keys?: unknown } | null)?.keys;
  } catch {
    return undefined;
  }
}

const signingDefect = ({ kty, crv }: PrivateKey): string | undefined =>
  (kty === 'EC' && crv === 'P-256') || (kty === 'OKP' && crv === 'Ed25519')
    ? undefined
    : 'must hold keys for ES256 (P-256) or EdDSA (Ed25519)';

function fileContent(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new Error('names a file that cannot be read');
  }
}

const integer = (min: number, max: number) => (value: string) => {
  if (!/^\d{1,9}$/.test(value) || Number(value) < min || Number(value) > max)
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

const kafkaName = (longest: number) => (value: string) => {
  if (!/^[a-zA-Z0-9._-]+$/.test(value) || value.length > longest)
    throw new Error(`must be 1 to ${longest} letters, digits, dots, hyphens or underscores`);
  return value;
};

function visibleAscii(value: string): string {
  if (!/^[\x21-\x7e]{1,512}$/.test(value)) throw new Error('must be 1 to 512 visible ASCII characters');
  return value;
}

function boolean(value: string): boolean {
  if (!['true', 'false', '1', '0'].includes(value)) throw new Error('must be true or false');
  return value === 'true' || value === '1';
}

function proxies(value: string): number | string | false {
  if (['false', 'off', '0'].includes(value)) return false;
  if (/^\d{1,2}$/.test(value)) return Number(value);
  if (!/^[0-9a-fA-F.:/, ]+$/.test(value)) throw new Error('must be off, a number of proxies, or their addresses');
  return value;
}

function logLevel(value: string): LogLevel {
  if (!LOG_LEVELS.includes(value as LogLevel)) throw new Error(`must be one of ${LOG_LEVELS.join(', ')}`);
  return value as LogLevel;
}

const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'];

function saslFrom(
  source: Source,
  read: (name: string, fallback: string, parse: (value: string) => string) => string,
): SASLOptions {
  const mechanism = read('KAFKA_SASL_MECHANISM', 'scram-sha-512', (value) => {
    if (!SASL_MECHANISMS.includes(value.toLowerCase())) throw new Error(`must be one of ${SASL_MECHANISMS.join(', ')}`);
    return value.toLowerCase();
  });
  const username = source['KAFKA_SASL_USERNAME'] ?? '';
  return { mechanism, username, password: source['KAFKA_SASL_PASSWORD'] ?? '' } as SASLOptions;
}
