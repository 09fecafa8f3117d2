import { authEnvironment, gatewayEnvironment } from '#app/system';
import { addressesOf, type LocalRun } from './servers.js';

/** The environments of the two apps: each has only its own settings. */
export interface AppEnvironments {
  gateway: NodeJS.ProcessEnv;
  /** The gateway's environment with the token to seed. */
  gatewaySetUp: NodeJS.ProcessEnv;
  auth: NodeJS.ProcessEnv;
}

/** Not for every app: one app's secrets and database address, and the keys, which are those of the data folder. */
const NOT_SHARED = [
  'API_TOKEN',
  'GATEWAY_DATABASE_URL',
  'AUTH_DATABASE_URL',
  'GATEWAY_SECRET',
  'AUTH_OPERATOR_TOKEN',
  'AUTH_SECRET',
  'CREDENTIAL_PUBLIC_KEYS',
  'CREDENTIAL_PRIVATE_KEYS',
  'TOKEN_SIGNING_KEYS',
  'EVENT_MAC_KEYS',
];

/** The apps' environments: this process's own, and the local run's settings. */
export function appEnvironments(run: Pick<LocalRun, 'settings' | 'secrets'>): AppEnvironments {
  const { settings, secrets } = run;
  const { gatewayDatabaseUrl, authDatabaseUrl, brokers } = addressesOf(run);
  const settingsWhere = (isTaken: (name: string) => boolean): NodeJS.ProcessEnv =>
    Object.fromEntries(Object.entries(settings.environment).filter(([name]) => isTaken(name.replace(/_FILE$/, ''))));
  const own = {
    ...settingsWhere((name) => !NOT_SHARED.includes(name)),
    EVENT_MAC_KEYS_FILE: secrets.eventMacKeysFile,
    HOST: settings.environment['HOST']?.trim() || 'localhost',
  };
  const gateway = {
    ...own,
    ...gatewayEnvironment({
      databaseUrl: gatewayDatabaseUrl,
      brokers,
      port: settings.gatewayPort,
      gatewaySecret: secrets.gatewaySecret,
      publicKeys: secrets.credentialPublicKeysFile,
    }),
    ...(settings.apiRateLimit === null ? {} : { API_RATE_LIMIT: settings.apiRateLimit }),
  };
  const auth = {
    ...own,
    ...settingsWhere((name) => name === 'AUTH_SECRET'),
    ...authEnvironment({
      databaseUrl: authDatabaseUrl,
      brokers,
      port: settings.authPort,
      operatorToken: secrets.apiToken,
      privateKeys: secrets.credentialPrivateKeysFile,
      signingKeys: secrets.tokenSigningKeysFile,
    }),
  };
  return { gateway, gatewaySetUp: { ...gateway, API_TOKEN: secrets.apiToken }, auth };
}
