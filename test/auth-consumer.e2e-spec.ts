import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { generateSealingKeys, type KeySet } from '#app/credentials';
import { ensureTopics, partitionOf } from '#app/messaging';
import { eventually, freePort, readTopic, testServers, uniqueTopicPrefix, type TopicRecord } from '#app/system/testing';
import type { EventRecord } from '#app/contracts';
import pg from 'pg';
import { AuthWorld, type LoginEventBuilder, type RunningAuth } from './auth.harness.js';

const PASSWORD = 'a good password';
/** The topic has one partition, so that each record waits for the record before it. */
const ONE_PARTITION = 1;

let world: AuthWorld;

const emailOf = (login: LoginEventBuilder): string => `person-${login.contactId}@example.com`;

async function publishLogin(): Promise<LoginEventBuilder> {
  const login = world.newLogin();
  await world.publish(await login.created(emailOf(login), PASSWORD));
  return login;
}

const deadLetters = (count: number): Promise<TopicRecord[]> => readTopic(world.brokers, world.deadLetters, { count });

async function rows(): Promise<unknown[]> {
  return (await world.sql.query('select * from portal_login order by contact_id')).rows;
}

describe('when the auth app consumes the topic of logins', () => {
  let auth: RunningAuth;

  beforeAll(async () => {
    world = await AuthWorld.create();
    auth = await world.start();
  });

  afterAll(() => world.close());

  it('and records were published while it was away / applies them', async () => {
    await world.stop(auth);
    const logins = [await publishLogin(), await publishLogin(), await publishLogin()];
    auth = await world.start();
    for (const login of logins) await auth.reaches(login.contactId, 1);
  });

  it('and starts from an empty database, again and again, or gets each record twice / reaches the same state', async () => {
    const [kept, removed, renamed] = [await publishLogin(), await publishLogin(), await publishLogin()];
    const again = [...removed.removed(), renamed.newEmail(`new-${emailOf(renamed)}`), await kept.newPassword('another password')];
    await world.publish(...again, ...again);
    await auth.reaches(removed.contactId, 2);
    await auth.reaches(renamed.contactId, 2);
    await auth.reaches(kept.contactId, 2);
    const before = await rows();
    for (let round = 0; round < 2; round++) {
      await world.stop(auth);
      await world.sql.query('delete from consumer_offset');
      auth = await world.start();
      await eventually(async () => expect((await auth.health()).parts.lag.records).toBe(0));
      expect(await rows()).toEqual(before);
    }
  });

  it('and one login is locked in its database / applies those of other partitions at once, and that one when the lock ends', async () => {
    const locked = await publishLogin();
    await auth.reaches(locked.contactId, 1);
    const partitionOfLogin = ({ contactId }: LoginEventBuilder) => partitionOf(String(contactId), world.partitions);
    const holder = await world.sql.connect();
    try {
      await holder.query('begin');
      await holder.query('select from portal_login where contact_id = $1 for update', [locked.contactId]);
      await world.publish(await locked.newPassword('another password'));
      await eventually(async () => expect((await auth.health()).parts.consumer.retrying).toMatch(/./));
      for (let others = 0; others < 3;) {
        const login = await publishLogin();
        if (partitionOfLogin(login) === partitionOfLogin(locked)) continue;
        others++;
        await eventually(async () => expect((await auth.login(login.contactId)).status).toBe(200), { timeoutMs: 8_000 });
      }
    } finally {
      await holder.query('rollback');
      holder.release();
    }
    await auth.reaches(locked.contactId, 2);
    await eventually(async () => expect(await auth.health()).toMatchObject({ status: 'ok' }));
  });

  it('and the group has lost its offsets / resumes from the offsets in its own database', async () => {
    await publishLogin();
    await eventually(async () => expect((await auth.health()).parts.lag.records).toBe(0));
    await world.stop(auth);
    const admin = world.kafka.admin();
    await admin.connect();
    await admin.deleteGroups([world.group]);
    await admin.disconnect();
    auth = await world.start();
    const login = await publishLogin();
    await auth.reaches(login.contactId, 1);
    await eventually(async () => expect((await auth.health()).parts.consumer).toMatchObject({ applied: 1 }));
  });

  it('and its database was restored / resumes from the offsets of the database, whatever offsets the group has', async () => {
    const login = await publishLogin();
    await auth.reaches(login.contactId, 1);
    await world.stop(auth);
    await world.sql.query('delete from portal_login; update consumer_offset set next_offset = 0');
    auth = await world.start();
    await auth.reaches(login.contactId, 1);
    expect((await auth.signIn(emailOf(login), PASSWORD)).status).toBe(201);
  });

  it('and its database loses its last commits while it runs / applies again what is lost', async () => {
    const logins = [await publishLogin(), await publishLogin(), await publishLogin()] as const;
    for (const { contactId } of logins) await auth.reaches(contactId, 1);
    await world.sql.query('delete from portal_login; update consumer_offset set next_offset = 0');
    await world.publish(await logins[0].newPassword('another password'));
    for (const { contactId } of logins) await auth.reaches(contactId, 1);
    expect((await auth.signIn(emailOf(logins[1]), PASSWORD)).status).toBe(201);
  });

  it('and the stored offset belongs to another log / reads from the beginning', async () => {
    await world.stop(auth);
    await world.sql.query('update consumer_offset set next_offset = 1000000; delete from portal_login');
    const login = await publishLogin();
    auth = await world.start();
    await auth.reaches(login.contactId, 1);
    await eventually(async () => {
      const { rows: offsets } = await world.sql.query<{ next_offset: string }>('select next_offset from consumer_offset');
      expect(offsets.every(({ next_offset }) => Number(next_offset) < 1000)).toBe(true);
    });
  });

  it('and it is closed / has committed its offsets to the Kafka group, and leaves the group', async () => {
    const login = await publishLogin();
    await auth.reaches(login.contactId, 1);
    const admin = world.kafka.admin();
    await admin.connect();
    const ends = await admin.fetchTopicOffsets(world.topic);
    await eventually(async () => {
      const [committed] = await admin.fetchOffsets({ groupId: world.group, topics: [world.topic] });
      const reached = ends.filter(({ high }) => high !== '0').map(({ partition, high }) => ({ partition, offset: high }));
      expect(committed!.partitions.map(({ partition, offset }) => ({ partition, offset }))).toEqual(
        expect.arrayContaining(reached),
      );
    });
    await world.stop(auth);
    expect((await admin.describeGroups([world.group])).groups[0]).toMatchObject({ state: 'Empty', members: [] });
    await admin.disconnect();
  });
});

describe('when a record can never be applied', () => {
  let auth: RunningAuth;

  beforeAll(async () => {
    world = await AuthWorld.create(ONE_PARTITION);
    auth = await world.start();
  });

  afterAll(() => world.close());

  const poison: [string, (good: EventRecord) => object, RegExp][] = [
    ['is no JSON', () => ({ value: 'no JSON' }), /^UnreadableEvent: Not JSON/],
    ['is no UTF-8', () => ({ value: Buffer.from([0xff, 0xfe, 0x00]) }), /^UnreadableEvent: Not UTF-8/],
    [
      'breaks its schema',
      ({ value }) => ({ value: value!.replace('"version":1', '"version":"one"') }),
      /^UnreadableEvent: data\/version/,
    ],
    ['has another key', () => ({ key: '7777' }), /^UnreadableEvent: key/],
    ['has no headers', () => ({ headers: {} }), /^UnreadableEvent: specversion/],
    ['has a NUL in its email', ({ value }) => ({ value: value!.replace('person-', 'per\\u0000son-') }), /^UnstorableLogin/],
    [
      'has numbers beyond all bounds',
      ({ value }) => ({ value: value!.replace('"version":1', '"version":1e300') }),
      /^UnstorableLogin/,
    ],
    ['is nested deeply', () => ({ value: `${'['.repeat(100_000)}${']'.repeat(100_000)}` }), /^UnreadableEvent/],
    [
      'carries __proto__',
      ({ value }) => ({ value: value!.replace('"contact_id"', '"__proto__":{"contact_id":1},"contact"') }),
      /^UnreadableEvent/,
    ],
  ];

  it.each(poison)(
    'and it %s / keeps the record unchanged with its reason and origin, and applies the next one',
    async (_, spoil, reason) => {
      const before = (await readTopic(world.brokers, world.deadLetters)).length;
      const login = world.newLogin();
      const good = await login.created(emailOf(login), PASSWORD);
      const bad = { key: good.key, value: good.value, headers: good.headers, ...spoil(good) } as EventRecord;
      await world.send(bad);
      const next = await publishLogin();
      await auth.reaches(next.contactId, 1);

      const kept = (await deadLetters(before + 1)).at(-1)!;
      expect(kept.key).toBe(bad.key);
      expect(kept.bytes).toEqual(Buffer.from(bad.value as string));
      expect(kept.headers).toMatchObject({
        ...bad.headers,
        dl_topic: world.topic,
        dl_partition: '0',
        dl_offset: expect.stringMatching(/^\d+$/),
      });
      expect(kept.headers['dl_reason']).toMatch(reason);
      expect(Date.parse(kept.headers['dl_time']!)).toBeGreaterThan(Date.now() - 600_000);
      await eventually(async () => expect(await auth.health()).toMatchObject({ status: 'ok' }));
    },
  );

  it('because of its credential / its email and version are applied, and the old password is refused', async () => {
    const login = await publishLogin();
    const stranger = world.newLogin();
    await stranger.created(emailOf(stranger), PASSWORD);
    await auth.reaches(login.contactId, 1);
    const token = await auth.tokenOf(emailOf(login), PASSWORD);

    const foreign = (JSON.parse((await stranger.newPassword('a foreign password')).value!) as { credential: string }).credential;
    await world.publish(login.withCredential(foreign));
    await auth.reaches(login.contactId, 2);

    expect(await auth.login(login.contactId)).toMatchObject({ body: { data: { version: 2, email: emailOf(login) } } });
    for (const password of [PASSWORD, 'a foreign password'])
      expect((await auth.signIn(emailOf(login), password)).status).toBe(401);
    expect((await auth.me(token)).status).toBe(401);
    const kept = await readTopic(world.brokers, world.deadLetters, { key: String(login.contactId), count: 1 });
    expect(kept[0]!.headers['dl_reason']).toBe('UnreadableCredential: Sealed for another contact.');

    await world.publish(await login.newPassword('a newer password'));
    await auth.reaches(login.contactId, 3);
    expect((await auth.signIn(emailOf(login), 'a newer password')).status).toBe(201);
  });

  it('and a later version is known / a read from the beginning skips it without a dead letter', async () => {
    const before = (await readTopic(world.brokers, world.deadLetters)).filter(({ headers }) =>
      headers['dl_reason']!.startsWith('UnreadableCredential'),
    ).length;
    await world.stop(auth);
    await world.sql.query('delete from consumer_offset');
    auth = await world.start();
    await eventually(async () => expect((await auth.health()).parts.lag.records).toBe(0));
    const after = (await readTopic(world.brokers, world.deadLetters)).filter(({ headers }) =>
      headers['dl_reason']!.startsWith('UnreadableCredential'),
    ).length;
    expect(after).toBe(before);
  });

  it('and the cause is repaired / sending it again applies it', async () => {
    await world.stop(auth);
    const wrong: KeySet = { keys: [{ ...(await generateSealingKeys('seal-1')).privateKeys.keys[0]!, kid: 'seal-1' }] };
    auth = await world.start({ CREDENTIAL_PRIVATE_KEYS: JSON.stringify(wrong) });
    const login = await publishLogin();
    await auth.reaches(login.contactId, 1);
    const [kept] = await readTopic(world.brokers, world.deadLetters, { key: String(login.contactId), count: 1 });
    await world.stop(auth);

    auth = await world.start();
    expect((await auth.signIn(emailOf(login), PASSWORD)).status).toBe(401);
    const headers = Object.fromEntries(Object.entries(kept!.headers).filter(([name]) => !name.startsWith('dl_')));
    await world.send({ key: kept!.key, value: kept!.value, headers });
    await eventually(async () => expect((await auth.signIn(emailOf(login), PASSWORD)).status).toBe(201));
  });
});

describe('when the configuration is wrong', () => {
  let auth: RunningAuth;

  beforeEach(async () => {
    await world?.close().catch(() => undefined);
    world = await AuthWorld.create(ONE_PARTITION);
    auth = await world.start();
  });

  afterAll(() => world.close());

  const stopped = (): Promise<any> =>
    eventually(async () => {
      const health = await auth.health();
      expect(health.parts.consumer.stopped).toHaveLength(1);
      return health;
    });

  it('because a key is unknown / the partition stops without a dead letter, and continues when the key is there', async () => {
    const first = await publishLogin();
    const newer = await generateSealingKeys('seal-2');
    const former = world.keys;
    Object.assign(world, { keys: newer });
    const [second, third] = [await publishLogin(), await publishLogin()];
    await auth.reaches(first.contactId, 1);

    expect(await stopped()).toMatchObject({
      status: 'degraded',
      parts: {
        database: { status: 'ok' },
        consumer: {
          status: 'degraded',
          stopped: [{ topic: world.topic, partition: 0, offset: 1, reason: expect.stringContaining('UnknownCredentialKey') }],
        },
        lag: { records: 2 },
      },
    });
    expect((await auth.call('GET', '/health/ready')).status).toBe(200);
    expect(await auth.login(second.contactId, '?min_version=1&wait=0')).toMatchObject({ status: 202 });
    expect(await readTopic(world.brokers, world.deadLetters)).toEqual([]);

    await world.stop(auth);
    const both = { keys: [...newer.privateKeys.keys, ...former.privateKeys.keys] };
    auth = await world.start({ CREDENTIAL_PRIVATE_KEYS: JSON.stringify(both) });
    for (const login of [second, third]) await auth.reaches(login.contactId, 1);
    await eventually(async () => expect(await auth.health()).toMatchObject({ status: 'ok' }));
  });

  it('because the event has another major version / the partition stops', async () => {
    const login = world.newLogin();
    const record = await login.created(emailOf(login), PASSWORD);
    await world.send({ ...record, headers: { ...record.headers, ce_type: 'contact-sync.PortalLoginChanged.v2' } });
    expect((await stopped()).parts.consumer.stopped[0].reason).toContain('UnsupportedEventVersion');
    expect(await readTopic(world.brokers, world.deadLetters)).toEqual([]);
  });

  it('because twenty records in a row can never be applied / the partition stops', async () => {
    await world.send(...Array.from({ length: 30 }, () => ({ key: '1', value: 'junk' })));
    const health = await stopped();
    expect(health.parts.consumer.stopped[0]).toMatchObject({ offset: 19, reason: expect.stringMatching(/^One after another/) });
    expect(await deadLetters(19)).toHaveLength(19);
  });
});

describe('when an event type or a field is unknown', () => {
  it('and other events are known / skips and counts the unknown, and applies the known', async () => {
    world = await AuthWorld.create(ONE_PARTITION);
    const auth = await world.start();
    const login = world.newLogin();
    const record = await login.created(emailOf(login), PASSWORD);
    const unknown = { ...record, headers: { ...record.headers, ce_type: 'contact-sync.PortalLoginSeen.v1' } };
    const value = JSON.stringify({ ...(JSON.parse(record.value!) as object), shoe_size: 43, changes: ['created', 'shoes'] });
    await world.send(unknown, { ...record, value }, { ...unknown, headers: { ...unknown.headers, ce_id: randomUUID() } });
    await auth.reaches(login.contactId, 1);
    await eventually(async () =>
      expect((await auth.health()).parts).toMatchObject({
        consumer: { applied: 1, skipped: 2, deadLettered: 0 },
        lag: { records: 0 },
      }),
    );
    await world.close();
  });
});

describe('when a server is unavailable', () => {
  it('and it is the database / retries without a dead letter, reports it in health, and recovers without help', async () => {
    world = await AuthWorld.create(ONE_PARTITION);
    const auth = await world.start();
    const name = new URL(world.database.url).pathname.slice(1);
    const first = await publishLogin();
    await auth.reaches(first.contactId, 1);
    await asAdmin(
      `alter database ${name} connection limit 0`,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
    );
    const login = await publishLogin();
    await eventually(async () => {
      const answer = await auth.call('GET', '/health');
      expect(answer).toMatchObject({ status: 503, body: { status: 'down', parts: { consumer: { status: 'degraded' } } } });
    });
    expect((await auth.call('GET', '/health/ready')).status).toBe(503);
    const credentials = { email: emailOf(first), password: PASSWORD };
    expect((await auth.call('POST', '/portal/sessions', credentials)).status).toBe(503);

    await asAdmin(`alter database ${name} connection limit -1`);
    await eventually(async () => expect(await auth.login(login.contactId)).toMatchObject({ status: 200 }));
    expect(await readTopic(world.brokers, world.deadLetters)).toEqual([]);
    await eventually(async () => expect(await auth.health()).toMatchObject({ status: 'ok' }));
    await world.close();
  });

  it('and the topics do not exist yet / waits for them', async () => {
    world = await AuthWorld.create(ONE_PARTITION);
    const prefix = uniqueTopicPrefix();
    const auth = await world.start({ TOPIC_PREFIX: prefix, CONSUMER_GROUP: prefix });
    await eventually(async () =>
      expect(await auth.health()).toMatchObject({
        status: 'degraded',
        parts: { broker: { status: 'degraded' }, consumer: { joined: false } },
      }),
    );
    await ensureTopics(world.kafka, { prefix, partitions: 1, replicationFactor: 1, minInsyncReplicas: 1 });
    await eventually(async () => expect(await auth.health()).toMatchObject({ status: 'ok' }));
    await world.close();
  });

  it.each([
    ['is away', async () => ({ port: await freePort(), close: () => undefined })],
    ['takes connections and says nothing', silentServer],
  ])('and the broker %s at the start / sign-ins succeed and the app can stop', async (_, broker) => {
    world = await AuthWorld.create(ONE_PARTITION);
    const first = await world.start();
    const login = await publishLogin();
    await first.reaches(login.contactId, 1);
    await world.stop(first);

    const { port, close } = await broker();
    const auth = await world.start({ KAFKA_BROKERS: `127.0.0.1:${port}` });
    expect((await auth.signIn(emailOf(login), PASSWORD)).status).toBe(201);
    expect((await auth.call('GET', '/health/ready')).status).toBe(200);
    const parts = { broker: { status: 'degraded' }, database: { status: 'ok' } };
    await eventually(async () => expect(await auth.health()).toMatchObject({ status: 'degraded', parts }));
    const startedAt = performance.now();
    await world.stop(auth);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    close();
    await world.close();
  });
});

async function silentServer(): Promise<{ port: number; close: () => void }> {
  const server = createServer((socket) => void socket.on('error', () => undefined).resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}

async function asAdmin(...statements: string[]): Promise<void> {
  const { adminUrl } = testServers();
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  for (const statement of statements) await admin.query(statement);
  await admin.end();
}
