import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, freePort, readTopic, type TestDatabase } from '#app/system/testing';
import { topicOf } from '#app/contracts';
import pg from 'pg';
import { AppProcesses } from './app-processes.js';
import { AuthWorld, OPERATOR_TOKEN } from './auth.harness.js';
import { EventStreamClient } from './event-stream.client.js';
import { prepareGateway, TOKEN } from './gateway.harness.js';
import { RoundRobinClients } from './round-robin.client.js';

const BASE = '/external/api/v1';
const AUTHORIZATION = { authorization: `Bearer ${TOKEN}` };
const CLIENTS = 8;
/** Clients that open a connection for each request. */
const OPENING_CLIENTS = 2;
/** Requests that come at the start of the notice are answered by then; on a busy machine by the end of the longer one. */
const NOTICES_SECONDS = [3, 15] as const;

/** Runs a test with a notice, and again with a longer one where that was over too soon. */
async function withNotice(run: (seconds: number, settings: Record<string, string>) => Promise<void>): Promise<void> {
  const [usual, longer] = NOTICES_SECONDS.map((seconds) => () => run(seconds, { SHUTDOWN_NOTICE_SECONDS: String(seconds) }));
  await usual!().catch(longer);
}

const apps = new AppProcesses();
afterAll(() => apps.stop());

const untilNotReady = (url: string) => eventually(async () => expect((await fetch(`${url}/health/ready`)).status).toBe(503));

describe('gateways that are restarted one after the other', () => {
  let database: TestDatabase;
  let source: Record<string, string>;
  let sql: pg.Client;

  beforeAll(async () => {
    ({ database, source } = await prepareGateway());
    sql = new pg.Client({ connectionString: database.url });
    await sql.connect();
  });
  afterAll(async () => {
    await apps.kill();
    await sql?.end();
    await database?.drop();
  });

  const leader = async (): Promise<string> =>
    (await sql.query<{ owner: string }>('select owner from relay_lease')).rows[0]!.owner;
  const post = async (url: string, path: string, body: object): Promise<{ data: { id: string } }> => {
    const headers = { ...AUTHORIZATION, 'content-type': 'application/json' };
    const answer = await fetch(`${url}${BASE}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await answer.json()) as { data: { id: string } };
  };

  it('when they are under load / no request is lost, no connection is reset, and the lease is handed over at once', async () => {
    const ports = [await freePort(), await freePort()] as const;
    const first = await apps.start('gateway', source, ports[0]);
    await eventually(leader);
    const second = await apps.start('gateway', source, ports[1]);
    const company = await post(first.url, '/companies', { name: 'Acme' });
    const contacts = await Promise.all(
      Array.from({ length: CLIENTS }, () => post(first.url, '/contacts', { first_name: 'Ann', company_id: company.data.id })),
    );
    const stream = await fetch(`${first.url}${BASE}/events/stream`, { headers: AUTHORIZATION });
    const streamed = stream.text();

    const load = new RoundRobinClients([first.url, second.url], AUTHORIZATION);
    let updates = 0;
    load.start(CLIENTS, (worker) => ({
      path: `${BASE}/contacts/${contacts[worker]!.data.id}`,
      body: { phone_1: String(++updates) },
    }));
    const opening = new RoundRobinClients([first.url, second.url], AUTHORIZATION, { keepAlive: false });
    opening.start(OPENING_CLIENTS, (worker) => ({
      path: `${BASE}/contacts/${contacts[worker]!.data.id}`,
      body: { phone_2: String(++updates) },
    }));
    const untilMore = async (): Promise<void> => {
      const sofar = load.fates.length;
      await eventually(() => expect(load.fates.length).toBeGreaterThan(sofar + 100));
    };
    await untilMore();
    const formerLeader = await leader();
    const ends = [(await first.terminate())!];
    await eventually(async () => expect(await leader()).not.toBe(formerLeader));
    await untilMore();
    await apps.start('gateway', source, ports[0]);
    await untilMore();
    ends.push((await second.terminate())!);
    await untilMore();
    await Promise.all([load.stop(), opening.stop()]);

    expect(new Set(load.fates)).toEqual(new Set([200]));
    expect(new Set(opening.fates)).toEqual(new Set([200]));
    for (const { signal, ms } of ends) {
      expect(signal).toBe('SIGTERM');
      expect(ms).toBeLessThan(10_000);
    }
    expect(await streamed).toContain('event: ContactUpdated');
    const expected = updates + CLIENTS;
    const records = await readTopic(source['KAFKA_BROKERS']!.split(','), topicOf('contacts.v1', source['TOPIC_PREFIX']), {
      count: expected,
    });
    expect(new Set(records.map(({ headers }) => headers['ce_id'])).size).toBe(expected);
  });

  it('when the notice of one has begun / streams go on and begin there, and exports are answered, until it is over', () =>
    withNotice(async (seconds, settings) => {
      const gateway = await apps.start('gateway', { ...source, ...settings });
      const { url } = gateway;
      const streams = [await EventStreamClient.open(url, TOKEN)];
      const ended = gateway.terminate();
      await untilNotReady(url);
      streams.push(await EventStreamClient.open(url, TOKEN));
      const [exported] = await Promise.all([
        fetch(`${url}${BASE}/companies/export`, { headers: AUTHORIZATION }),
        post(url, '/companies', { name: 'Late' }),
      ]);
      expect([exported.status, ...streams.map(({ response }) => response.status)]).toEqual([200, 200, 200]);
      expect(await exported.text()).toContain('"end"');
      for (const stream of streams) await eventually(() => expect(stream.events).toMatchObject([{ event: 'CompanyCreated' }]));
      const { signal, ms } = (await ended)!;
      // The end of a stream is read a moment after the end of its process.
      await eventually(() => expect(streams.map(({ isOver }) => isOver)).toEqual([true, true]));
      expect(signal).toBe('SIGTERM');
      expect(ms).toBeLessThan(1_000 * seconds + 10_000);
    }));
});

describe('an auth app that is stopped', () => {
  let world: AuthWorld;

  beforeAll(async () => {
    world = await AuthWorld.create(1);
  });
  afterAll(() => world?.close());

  it('when requests are running, also ones that wait for a version / answers them, and leaves the group', async () => {
    const auth = await apps.start('auth', world.environment());
    const wait = { headers: { authorization: `Bearer ${OPERATOR_TOKEN}` } };
    const waiting = fetch(`${auth.url}/portal/logins/1?min_version=7&wait=30`, wait);
    const load = new RoundRobinClients([auth.url], {});
    const opening = new RoundRobinClients([auth.url], {}, { keepAlive: false });
    for (const clients of [load, opening])
      clients.start(2, () => ({ path: '/portal/sessions', body: { email: 'nobody@example.com', password: 'a good password' } }));
    await eventually(() => expect(Math.min(load.fates.length, opening.fates.length)).toBeGreaterThan(20));

    const { signal, ms } = (await auth.terminate())!;
    await Promise.all([load.stop(), opening.stop()]);
    expect(signal).toBe('SIGTERM');
    expect(ms).toBeLessThan(10_000);
    expect((await waiting).status).toBe(202);
    expect([...load.fates, ...opening.fates].filter((fate) => ![401, 429, 'ECONNREFUSED'].includes(fate))).toEqual([]);
    const admin = world.kafka.admin();
    await admin.connect();
    expect((await admin.describeGroups([world.group])).groups[0]).toMatchObject({ state: 'Empty' });
    await admin.disconnect();
  });

  it('when its notice has begun / requests wait for a version until it comes, and without it until the notice is over', () =>
    withNotice(async (seconds, settings) => {
      const auth = await apps.start('auth', world.environment(settings));
      const login = world.newLogin();
      const wait = (version: number) =>
        fetch(`${auth.url}/portal/logins/${login.contactId}?min_version=${version}&wait=30`, {
          headers: { authorization: `Bearer ${OPERATOR_TOKEN}` },
        });
      const ended = auth.terminate();
      await untilNotReady(auth.url);
      const answers = Promise.all([wait(1), wait(2)]);
      answers.catch(() => undefined);
      await world.publish(await login.created('late@example.com', 'a good password'));
      expect((await answers).map(({ status }) => status)).toEqual([200, 202]);
      const { signal, ms } = (await ended)!;
      expect(signal).toBe('SIGTERM');
      expect(ms).toBeLessThan(1_000 * seconds + 10_000);
    }));
});
