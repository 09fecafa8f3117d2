import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, testServers } from '#app/system/testing';
import { AuthWorld, OPERATOR_TOKEN, type RunningAuth } from './auth.harness.js';
import { TestGateway, TOKEN } from './gateway.harness.js';
import { TcpProxy } from '#app/system';

/** Two seconds and the delay of a busy machine; less than two limits one after the other. */
const TOLD_WITHIN_MS = 3_800;
/** The same for a read of one contact. */
const READ_WITHIN_MS = 2_800;
/** A machine that is out of CPU is late now and then. Were there two limits one after the other, each round would be late. */
const LATE_ROUNDS = 2;
const BASE = '/external/api/v1';

interface Request {
  method: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
}

let line: TcpProxy;
let gateway: TestGateway;
let world: AuthWorld;
let auth: RunningAuth;
let session: string;

beforeAll(async () => {
  line = await TcpProxy.open(Number(new URL(testServers().adminUrl).port));
  gateway = await TestGateway.start({}, (url) => line.through(url));
  world = await AuthWorld.create(1);
  auth = await world.start({ AUTH_DATABASE_URL: line.through(world.database.url), TRUST_PROXY: '1' });
  const login = world.newLogin();
  await world.publish(await login.created('ann@example.com', 'a good password'));
  await auth.reaches(login.contactId, 1);
  session = await auth.tokenOf('ann@example.com', 'a good password');
});
afterAll(async () => {
  await line?.set('pass');
  await gateway?.stop();
  await world?.close();
  await line?.close();
});

/** Bodies that pass the rules of form, so that the gateway asks the database. */
const BODIES: Record<string, unknown> = {
  'PATCH /contacts': { email: 'a@example.com' },
  'POST /contacts': { first_name: 'Ann', company_id: 1 },
  'POST /contacts/batch': { items: [{ id: 1, phone_1: '1' }] },
  'POST /companies': { name: 'Acme' },
  'POST /tokens': { name: 'spec', scopes: ['events:read'] },
};
const bodyOf = (method: string, path: string): unknown => {
  if (['GET', 'DELETE'].includes(method)) return undefined;
  if (/password$/.test(path)) return { password: 'a good password' };
  if (/tags$/.test(path)) return { tags: ['a'] };
  return BODIES[`${method} ${path}`] ?? { phone: '1', phone_1: '1' };
};

/** Every route of the gateway that needs the database: all but the stream of events. */
async function gatewayRequests(): Promise<Request[]> {
  const { paths } = (await (await fetch(`${gateway.url}/openapi.json`)).json()) as { paths: Record<string, object> };
  return Object.entries(paths)
    .filter(([path]) => path.startsWith(BASE) && !path.endsWith('/events/stream'))
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((name) => {
        const method = name.toUpperCase();
        const target = path.replace(/\{name\}/, 'sales').replace(/\{\w+\}/, '1');
        return {
          method,
          path: target,
          body: bodyOf(method, path.slice(BASE.length)),
          headers: { authorization: `Bearer ${TOKEN}` },
        };
      }),
    );
}

const authRequests = (): Request[] => [
  // More passwords than the app hashes at once: the last ones wait for the first ones.
  ...Array.from({ length: 8 }, (_, index) => ({
    method: 'POST',
    path: '/portal/sessions',
    body: { email: `${index}@example.com`, password: 'a good password' },
    // One address may have four sign-ins at a time.
    headers: { 'x-forwarded-for': `192.0.2.${index}` },
  })),
  { method: 'GET', path: '/portal/me', headers: { authorization: `Bearer ${session}` } },
  { method: 'DELETE', path: '/portal/sessions/current', headers: { authorization: `Bearer ${session}` } },
  { method: 'GET', path: '/portal/logins/1', headers: { authorization: `Bearer ${OPERATOR_TOKEN}` } },
];

async function answer(url: string, { method, path, body, headers }: Request): Promise<Record<string, unknown>> {
  const startedAt = performance.now();
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const { data } = (await response.json()) as { data?: { status: number; retry_after: number }[] };
  const isBatch = response.status === 207;
  const ms = performance.now() - startedAt;
  return {
    request: `${method} ${path}`,
    status: isBatch ? data![0]!.status : response.status,
    retryAfter: isBatch ? data![0]!.retry_after : Number(response.headers.get('retry-after')),
    inTime: ms < TOLD_WITHIN_MS ? true : Math.round(ms),
  };
}

async function expectUnavailable(): Promise<void> {
  for (let late = 0; ; late++) {
    const answers = await Promise.all([
      ...(await gatewayRequests()).map((request) => answer(gateway.url, request)),
      ...authRequests().map((request) => answer(auth.url, request)),
    ]);
    expect(answers.length).toBeGreaterThan(30);
    const inTime = late < LATE_ROUNDS ? expect.anything() : true;
    expect(answers).toEqual(answers.map(({ request }) => ({ request, status: 503, retryAfter: expect.any(Number), inTime })));
    if (answers.every((each) => each['inTime'] === true)) return;
  }
}

async function expectHealth(status: 'ok' | 'down'): Promise<void> {
  const look = async ({ url }: { url: string }): Promise<unknown> => {
    const pages = ['/health', '/health/ready', '/metrics'].map((path) => fetch(`${url}${path}`));
    const [health, ready, metrics] = (await Promise.all(pages)) as [Response, Response, Response];
    const { status: whole, parts } = (await health.json()) as { status: string; parts: { database: object } };
    const answers = [health, ready].map((each) => [each.status, each.headers.get('retry-after')]);
    const metric = /^contact_sync_database_ok (\S+)$/m.exec(await metrics.text())?.[1];
    return { whole, database: parts.database, metric, answers };
  };
  const expected = status === 'ok' ? [200, null] : [503, '1'];
  const seen = { whole: status, database: { status }, metric: status === 'ok' ? '1' : '0', answers: [expected, expected] };
  await eventually(async () => expect(await Promise.all([look(gateway), look(auth)])).toEqual([seen, seen]));
}

it('when the database falls silent / reads of single contacts that come while others wait are told in time too', async () => {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const read = async () => {
    const startedAt = performance.now();
    const { status } = await fetch(`${gateway.url}${BASE}/contacts/1`, { headers });
    return { status, ms: performance.now() - startedAt };
  };
  const slowest = async (): Promise<number> => {
    await line.set('hold');
    const answers: ReturnType<typeof read>[] = [];
    for (let at = 0; at < 6; at++) {
      answers.push(read());
      await sleep(150);
    }
    const seen = await Promise.all(answers).finally(() => line.set('pass'));
    expect(seen.map(({ status }) => status)).toEqual(seen.map(() => 503));
    await eventually(async () => expect((await read()).status).toBe(404), { timeoutMs: 15_000 });
    return Math.max(...seen.map(({ ms }) => ms));
  };
  expect((await read()).status).toBe(404);
  let ms = await slowest();
  for (let late = 0; ms >= READ_WITHIN_MS && late < LATE_ROUNDS; late++) ms = await slowest();
  expect(ms).toBeLessThan(READ_WITHIN_MS);
});

describe.each([
  ['answers nothing', () => line.set('lose')],
  ['refuses', () => line.set('refuse')],
])('while the database %s', (_, cut) => {
  it('when a route needs it / answers 503 within two seconds, health reports it, and all routes work when it is back', async () => {
    await expectHealth('ok');
    await gateway.call('GET', '/contacts');
    await cut();
    // The first call uses a token that is still cached, the second one a token that the gateway must look up again.
    await expectUnavailable();
    await expectHealth('down');
    await expectUnavailable();
    await line.set('pass');
    await expectHealth('ok');
    expect((await gateway.callUntilAnswered('GET', '/contacts')).status).toBe(200);
    expect((await auth.me(session)).status).toBe(200);
    const contact = await gateway.createContact();
    expect(await gateway.records('contacts.v1', contact.id, 1)).toHaveLength(1);
    const login = world.newLogin();
    await world.publish(await login.created(`${login.contactId}@example.com`, 'a good password'));
    await auth.reaches(login.contactId, 1);
  });
});
