import { expect, it } from '@jest/globals';
import { dataFolderAt } from '#app/system';
import { appEnvironments } from './app-environments.js';
import { readSettings } from './env.js';
import type { LocalRun } from './servers.js';

const SECRETS = {
  apiToken: 'api-token',
  gatewaySecret: 'gateway-secret',
  postgresPassword: 'superuser',
  gatewayDatabasePassword: 'gateway-password',
  authDatabasePassword: 'auth-password',
  credentialPublicKeysFile: 'public.json',
  credentialPrivateKeysFile: 'private.json',
  tokenSigningKeysFile: 'signing.json',
  eventMacKeysFile: 'marking.json',
};

function environments(environment: NodeJS.ProcessEnv = {}) {
  const run = { settings: readSettings(environment), secrets: SECRETS, dataDir: dataFolderAt('/data') } as LocalRun;
  return appEnvironments(run);
}

it("when the gateway's environment is made / it cannot open a credential, and has only its own database", () => {
  const text = JSON.stringify(environments({ API_TOKEN: 'api-token', AUTH_DATABASE_URL: 'postgres://u:p@host/auth-db' }).gateway);
  for (const secret of ['private.json', 'signing.json', 'auth-db', 'auth-password', 'superuser', 'api-token'])
    expect(text).not.toContain(secret);
});

it("when the auth app's environment is made / it has neither the gateway's secret nor its database", () => {
  const environment = { GATEWAY_DATABASE_URL: 'postgres://u:p@host/gateway-db', GATEWAY_SECRET: 'gateway-secret' };
  const text = JSON.stringify(environments(environment).auth);
  for (const secret of ['gateway-secret', 'gateway-db', 'gateway-password', 'superuser']) expect(text).not.toContain(secret);
});

it("when a token is given / only the gateway's set-up gets it to seed, and the auth app as operator token", () => {
  const { gateway, gatewaySetUp, auth } = environments();
  expect(gateway['API_TOKEN']).toBeUndefined();
  expect(gatewaySetUp['API_TOKEN']).toBe('api-token');
  expect(auth).toMatchObject({ AUTH_OPERATOR_TOKEN: 'api-token' });
});

it('when environments are made / both apps have the keys of the marks', () => {
  const { gateway, auth } = environments();
  expect([gateway['EVENT_MAC_KEYS_FILE'], auth['EVENT_MAC_KEYS_FILE']]).toEqual(['marking.json', 'marking.json']);
});

it.each(['', '_FILE'])(
  'when the environment has keys of its own (%s) / both apps have those of the data folder alone',
  (form) => {
    const names = ['CREDENTIAL_PUBLIC_KEYS', 'CREDENTIAL_PRIVATE_KEYS', 'TOKEN_SIGNING_KEYS', 'EVENT_MAC_KEYS'];
    const own = Object.fromEntries(names.map((name) => [`${name}${form}`, 'own-key']));
    expect(JSON.stringify(environments(own))).not.toContain('own-key');
  },
);

it("when the auth app's secret is set / it alone gets it, in the form that is set", () => {
  for (const name of ['AUTH_SECRET', 'AUTH_SECRET_FILE']) {
    const { gateway, gatewaySetUp, auth } = environments({ [name]: 'auth-secret' });
    expect([gateway[name], gatewaySetUp[name], auth[name]]).toEqual([undefined, undefined, 'auth-secret']);
  }
});

it('when no host is set / both apps listen on this machine alone, over IPv4 and IPv6', () => {
  const hosts = ({ gateway, auth }: ReturnType<typeof environments>) => [gateway['HOST'], auth['HOST']];
  expect(hosts(environments())).toEqual(['localhost', 'localhost']);
  expect(hosts(environments({ HOST: ' ' }))).toEqual(['localhost', 'localhost']);
  expect(hosts(environments({ HOST: '::' }))).toEqual(['::', '::']);
});

it('when other settings are set / the apps get them: the log level, a limit, their own settings', () => {
  const { gateway, auth } = environments({ LOG_LEVEL: 'debug', API_RATE_LIMIT: '60', GATEWAY_PORT: '4000', PATH: '/bin' });
  expect(gateway).toMatchObject({ LOG_LEVEL: 'debug', API_RATE_LIMIT: '60', GATEWAY_PORT: '4000', PATH: '/bin' });
  expect(auth).toMatchObject({ LOG_LEVEL: 'debug', AUTH_PORT: '3001', KAFKA_BROKERS: '127.0.0.1:9092' });
});

it('when the environment names databases and broker / the apps use them, else the embedded ones', () => {
  const embedded = environments({ POSTGRES_PORT: '5555' });
  expect(embedded.gateway['GATEWAY_DATABASE_URL']).toBe(
    'postgres://contact_sync_gateway:gateway-password@127.0.0.1:5555/contact_sync_gateway',
  );
  expect(embedded.auth['AUTH_DATABASE_URL']).toBe('postgres://contact_sync_auth:auth-password@127.0.0.1:5555/contact_sync_auth');
  const named = environments({ AUTH_DATABASE_URL: 'postgres://u:p@db/auth', KAFKA_BROKERS: 'one:9092,two:9092' });
  expect(named.auth).toMatchObject({ AUTH_DATABASE_URL: 'postgres://u:p@db/auth', KAFKA_BROKERS: 'one:9092,two:9092' });
  expect(named.gateway['GATEWAY_DATABASE_URL']).toContain('127.0.0.1:5433');
});
