import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { topicOf } from '#app/contracts';
import { authEnvironment, gatewayEnvironment, makeSecrets, markSetting, randomSecret, type SystemSecrets } from '#app/system';
import {
  createTestDatabase,
  eventually,
  readTopic,
  testServers,
  uniqueTopicPrefix,
  withProducer,
  type TestDatabase,
} from '#app/system/testing';
import pg from 'pg';
import { AppProcesses } from './app-processes.js';
import { dumpOf, findSecrets, type Place } from './secret-search.js';

const PASSWORD = 'c4nary-passw0rd';
const TYPED_AS_EMAIL = 'c4nary-in-the-email-field';
const EMAIL = 'not-a-secret@example.com';
const TOPICS = ['contacts.v1', 'portal-logins.v1', 'portal-logins.v1.dead-letters'] as const;

const { brokers } = testServers();
const prefix = uniqueTopicPrefix();
const secrets = await makeSecrets();
const authSecret = randomSecret();
const { apiToken, operatorToken } = secrets;
/** The secrets of both apps. */
const SECRETS: Record<Exclude<keyof SystemSecrets, 'publicKeys'> | 'authSecret', string> = {
  apiToken,
  operatorToken,
  authSecret,
  gatewaySecret: secrets.gatewaySecret,
  privateKeys: secrets.privateKeys.keys[0]!.d!,
  signingKeys: secrets.signingKeys.keys[0]!.d!,
  macKeys: secrets.macKeys.keys[0]!.k!,
};
const apps = new AppProcesses();
/** Every answer that must not contain a secret. */
const answers: string[] = [];
let databases: { gateway: TestDatabase; auth: TestDatabase };
let urls: { gateway: string; auth: string };

beforeAll(async () => {
  const [gateway, auth] = [await createTestDatabase(), await createTestDatabase()];
  databases = { gateway, auth };
  const shared = { ...secrets, brokers: brokers.join(',') };
  const more = { TOPIC_PREFIX: prefix, TOPIC_PARTITIONS: '1', LOG_LEVEL: 'trace', ...markSetting(secrets) };
  const environments = {
    gateway: gatewayEnvironment({ ...shared, databaseUrl: gateway.url }, { ...more, API_TOKEN: apiToken }),
    auth: authEnvironment({ ...shared, databaseUrl: auth.url }, { ...more, CONSUMER_GROUP: prefix, AUTH_SECRET: authSecret }),
  };
  await Promise.all([apps.setUp('gateway', environments.gateway), apps.setUp('auth', environments.auth)]);
  const [runningGateway, runningAuth] = await Promise.all([
    apps.start('gateway', environments.gateway),
    apps.start('auth', environments.auth),
  ]);
  urls = { gateway: runningGateway.url, auth: runningAuth.url };
});
afterAll(async () => {
  await apps.stop();
  await databases?.gateway.drop();
  await databases?.auth.drop();
});

async function send(url: string, method: string, body?: unknown, headers: Record<string, string> = {}): Promise<any> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  answers.push(`${JSON.stringify([...response.headers])} ${text.replace(/"(access_token|token)":"[^"]+"/, '')}`);
  return { status: response.status, ...(text ? JSON.parse(text) : {}) };
}
const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  send(`${urls.gateway}/external/api/v1${path}`, method, body, headers);
const signIn = (email: unknown, password: unknown) => send(`${urls.auth}/portal/sessions`, 'POST', { email, password });

/** Sets passwords by every route, in the right way and in every wrong way. */
async function setPasswords(): Promise<{ id: string; version: number }> {
  const company_id = (await call('POST', '/companies', { name: 'Acme' })).data.id;
  const create = async (email: string, n: number): Promise<string> =>
    (await call('POST', '/contacts', { first_name: 'A', company_id, email, password: `${PASSWORD} ${n}` })).data.id;
  const id = await create(EMAIL, 1);
  const others = await Promise.all([2, 3, 4].map((n) => create(`other-${n}@example.com`, n)));
  const password = `${PASSWORD} anew`;
  const key = { 'idempotency-key': 'k1' };
  for (const path of [
    `/contacts/${id}`,
    `/contacts/${id}/password`,
    `/contacts/${id}/b2b-portal-password`,
    `/contacts/${id}?dry_run=true`,
  ])
    expect((await call('POST', path, { password })).status).toBe(200);
  expect((await call('PATCH', `/contacts/${id}`, { password }, key)).status).toBe(200);
  expect((await call('PATCH', `/contacts/${id}`, { password: `${PASSWORD} other` }, key)).status).toBe(422);
  expect((await call('PATCH', '/contacts', { email: EMAIL, password })).status).toBe(200);
  const batch = await call('POST', '/contacts/batch', {
    items: [
      { id, password },
      { id: 'x', password },
    ],
  });
  expect(batch.data.map(({ status }: any) => status)).toEqual([200, 404]);
  const wrong: [unknown, number][] = [
    [{ password: `${PASSWORD}\u0007` }, 422],
    [{ password: { of: PASSWORD } }, 422],
    [{ password: [PASSWORD], email: PASSWORD, company_id: PASSWORD, tags: [{ name: 7, [PASSWORD]: PASSWORD }] }, 422],
    [{ password: PASSWORD.repeat(20) }, 422],
    [{ password, email: 'other-2@example.com' }, 422],
    [`{"password":"${PASSWORD}`, 400],
    [`"${PASSWORD}"`, 400],
    [{ password: PASSWORD.padEnd(1_100_000, 'x') }, 413],
  ];
  for (const [body, status] of wrong) expect((await call('POST', `/contacts/${id}`, body)).status).toBe(status);
  expect((await call('POST', `/contacts/${id}`, `password=${PASSWORD}`, { 'content-type': 'text/plain' })).status).toBe(415);
  await call('POST', `/contacts/${id}?password=${PASSWORD}`, { password }, { authorization: `Basic ${btoa(`a:${PASSWORD}`)}` });
  // Claims that collide in the constraint, and connections that are cut at that moment.
  const claims = others.map((other) => call('POST', `/contacts/${other}`, { email: 'claimed@example.com', password }));
  await Promise.all([...claims, cutConnections(databases.gateway.url)]);
  // A connection can still be cut after that.
  await eventually(async () => expect((await call('DELETE', `/contacts/${others[0]}/password`)).status).toBe(200));
  return { id, version: batch.data[0].portal_login_version };
}

async function cutConnections(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (let n = 0; n < 5; n++)
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
  await client.end();
}

async function signInEveryWay(): Promise<string> {
  for (const [email, password] of [
    [EMAIL, `${PASSWORD} wrong`],
    [TYPED_AS_EMAIL, PASSWORD],
    [EMAIL, { of: PASSWORD }],
    [`${PASSWORD}\ud800`, PASSWORD],
  ])
    expect([401, 422]).toContain((await signIn(email, password)).status);
  const { status, data } = await signIn(EMAIL, `${PASSWORD} anew`);
  expect(status).toBe(201);
  await Promise.all([cutConnections(databases.auth.url), signIn(EMAIL, `${PASSWORD} anew`), signIn(EMAIL, PASSWORD)]);
  const authorization = `Bearer ${data.access_token}`;
  await eventually(async () =>
    expect((await send(`${urls.auth}/portal/me`, 'GET', undefined, { authorization })).status).toBe(200),
  );
  return data.access_token as string;
}

/** A record that can never be applied: its dead letter and log are searched too. */
async function poison(): Promise<void> {
  const messages = [{ key: '1', value: '{"nonsense":', headers: {} }];
  await withProducer(brokers, (producer) => producer.send({ topic: topicOf('portal-logins.v1', prefix), messages }));
}

async function places(): Promise<Place[]> {
  const topics = TOPICS.map(async (name) => ({
    name,
    text: JSON.stringify(await readTopic(brokers, topicOf(name, prefix), { count: 1 })),
  }));
  return [
    ...apps.outputs(),
    ...(await Promise.all(topics)),
    { name: 'gateway database', text: await dumpOf(databases.gateway.url) },
    { name: 'auth database', text: await dumpOf(databases.auth.url) },
    { name: 'answers', text: answers.join('\n') },
  ];
}

it('when secrets have passed through every route / none is in a log, an answer, a topic, a dead letter or a database', async () => {
  const { id, version } = await setPasswords();
  const { data: made } = await call('POST', '/tokens', { name: 'made', scopes: ['contacts:read'] });
  const operator = { authorization: `Bearer ${operatorToken}` };
  const login = () => send(`${urls.auth}/portal/logins/${id}?min_version=${version}&wait=5`, 'GET', undefined, operator);
  await eventually(async () => expect((await login()).status).toBe(200));
  const accessToken = await signInEveryWay();
  // Ids are asked for here, and people have the token at hand.
  expect((await call('DELETE', `/tokens/${made.token}`)).status).toBe(404);
  expect((await send(`${urls.auth}/portal/sessions/${accessToken}`, 'DELETE')).status).toBe(404);
  await poison();

  const searched = await places();
  const known = findSecrets(searched, { email: EMAIL });
  expect(known).toEqual([
    'contacts.v1: email',
    'portal-logins.v1: email',
    'gateway database: email',
    'auth database: email',
    'answers: email',
  ]);
  expect(searched.filter(({ text }) => text.length < 20).map(({ name }) => name)).toEqual([]);
  const searchedFor = {
    password: PASSWORD,
    hash: '$argon2',
    'typed as email': TYPED_AS_EMAIL,
    'made token': made.token,
    'access token': accessToken,
    ...SECRETS,
  };
  expect(findSecrets(searched, searchedFor)).toEqual([]);
});
