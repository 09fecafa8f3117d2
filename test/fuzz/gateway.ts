import {
  AppProcess,
  brokerList,
  freePort,
  gatewayEnvironment,
  mainScript,
  makeSecrets,
  setUpScript,
  startServers,
  type AppScript,
  type ProcessHost,
} from '#app/system';
import pg from 'pg';

/** The id of the fuzzer's token: with a small id, one of the first requests would revoke it. */
const TOKEN_ID = 4_000_000_000_000;
/** Enough contacts, so that the ids in the document's examples exist. */
const CONTACTS = '200';

/** A gateway for the fuzzer. */
export interface FuzzedGateway {
  url: string;
  token: string;
}

/** Starts servers and a gateway on them, with a token of every scope. */
export async function startGateway(host: ProcessHost): Promise<FuzzedGateway> {
  const { postgres, brokers } = await startServers(host, { durable: false });
  const databaseUrl = await postgres.database('fuzz_gateway');
  const secrets = await makeSecrets();
  const port = await freePort();
  // The limit is on, so that its headers are sent, and so high that no run reaches it.
  const more = { NODE_ENV: 'production', API_RATE_LIMIT: '999999999', LOG_LEVEL: 'warn' };
  const env = gatewayEnvironment({ ...secrets, databaseUrl, brokers: brokerList(brokers), port }, more);
  const run = (script: AppScript): Promise<string> => new AppProcess(script, host).runToEnd();
  await run(setUpScript('gateway', env));
  await setNextTokenId(databaseUrl, TOKEN_ID);
  await run(setUpScript('gateway', { ...env, API_TOKEN: secrets.apiToken }));
  await setNextTokenId(databaseUrl, 1);
  await run({ name: 'seed', script: 'apps/local/src/seed.js', args: ['--contacts', CONTACTS], env });
  const gateway = new AppProcess(mainScript('gateway', env), host);
  await gateway.startUntilReady();
  return { url: gateway.url, token: secrets.apiToken };
}

async function setNextTokenId(url: string, next: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`select setval(pg_get_serial_sequence('api_token', 'id'), $1, false)`, [next]);
  } finally {
    await client.end();
  }
}
