import { addressesOf, type LocalRun } from './servers.js';

/** What the two apps are told, each only what is its own. */
export interface AppEnvironments {
  gateway: NodeJS.ProcessEnv;
  /** The gateway's, with the token to seed. */
  gatewaySetUp: NodeJS.ProcessEnv;
  auth: NodeJS.ProcessEnv;
}

/** Not for every app: a secret of one, or the address of its database. */
const NOT_SHARED = ['API_TOKEN', 'GATEWAY_DATABASE_URL', 'AUTH_DATABASE_URL', 'GATEWAY_SECRET', 'AUTH_OPERATOR_TOKEN'];

/** The apps' environments: this process's own, with what the local run decides. */
export function appEnvironments(run: Pick<LocalRun, 'settings' | 'secrets'>): AppEnvironments {
  const { settings, secrets } = run;
  const { gatewayDatabaseUrl, authDatabaseUrl, brokers } = addressesOf(run);
  const own = Object.entries(settings.environment).filter(([name]) => !NOT_SHARED.includes(name));
  // Password hashes and checks are work for the thread pool, and so are files and name look-ups.
  const shared = { ...Object.fromEntries(own), UV_THREADPOOL_SIZE: '8', KAFKA_BROKERS: brokers };
  const gateway = {
    ...shared,
    GATEWAY_PORT: String(settings.gatewayPort),
    GATEWAY_DATABASE_URL: gatewayDatabaseUrl,
    GATEWAY_SECRET: secrets.gatewaySecret,
    CREDENTIAL_PUBLIC_KEYS_FILE: secrets.credentialPublicKeysFile,
    ...(settings.apiRateLimit === null ? {} : { API_RATE_LIMIT: settings.apiRateLimit }),
  };
  const auth = {
    ...shared,
    AUTH_PORT: String(settings.authPort),
    AUTH_DATABASE_URL: authDatabaseUrl,
    CREDENTIAL_PRIVATE_KEYS_FILE: secrets.credentialPrivateKeysFile,
    TOKEN_SIGNING_KEYS_FILE: secrets.tokenSigningKeysFile,
    AUTH_OPERATOR_TOKEN: secrets.apiToken,
  };
  return { gateway, gatewaySetUp: { ...gateway, API_TOKEN: secrets.apiToken }, auth };
}
