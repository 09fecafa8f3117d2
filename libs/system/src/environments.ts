import type { KeySet } from '#app/credentials';
import type { AppKind } from './processes/app-scripts.js';

/** A gateway's servers and secrets. */
interface GatewaySettings {
  databaseUrl: string;
  brokers: string;
  port?: number;
  gatewaySecret: string;
  /** The key set, or the path of its file. */
  publicKeys: KeySet | string;
}

/** An auth app's servers and secrets. */
interface AuthSettings {
  databaseUrl: string;
  brokers: string;
  port?: number;
  operatorToken: string;
  /** The key sets, or the paths of their files. */
  privateKeys: KeySet | string;
  signingKeys: KeySet | string;
}

type Environment = Record<string, string>;

/** Hashing passwords uses the thread pool, and so do files and name look-ups. */
const SHARED = { UV_THREADPOOL_SIZE: '8' } as const;

/** The environment of a gateway and of its set-up. */
export const gatewayEnvironment = (settings: GatewaySettings, more: Environment = {}): Environment => ({
  ...SHARED,
  KAFKA_BROKERS: settings.brokers,
  GATEWAY_PORT: String(settings.port ?? 0),
  GATEWAY_DATABASE_URL: settings.databaseUrl,
  GATEWAY_SECRET: settings.gatewaySecret,
  ...keySetting('CREDENTIAL_PUBLIC_KEYS', settings.publicKeys),
  ...more,
});

/** The environment of an auth app, of its set-up and of its rebuild. */
export const authEnvironment = (settings: AuthSettings, more: Environment = {}): Environment => ({
  ...SHARED,
  KAFKA_BROKERS: settings.brokers,
  AUTH_PORT: String(settings.port ?? 0),
  AUTH_DATABASE_URL: settings.databaseUrl,
  AUTH_OPERATOR_TOKEN: settings.operatorToken,
  ...keySetting('CREDENTIAL_PRIVATE_KEYS', settings.privateKeys),
  ...keySetting('TOKEN_SIGNING_KEYS', settings.signingKeys),
  ...more,
});

/** The environment of either app as in production, and without a limit of requests. */
export const productionEnvironment = (
  kind: AppKind,
  settings: GatewaySettings & AuthSettings,
  more: Environment = {},
): Environment =>
  kind === 'gateway'
    ? gatewayEnvironment(settings, { NODE_ENV: 'production', API_RATE_LIMIT: '0', ...more })
    : authEnvironment(settings, { NODE_ENV: 'production', ...more });

const keySetting = (name: string, keys: KeySet | string): Environment =>
  typeof keys === 'string' ? { [`${name}_FILE`]: keys } : { [name]: JSON.stringify(keys) };
