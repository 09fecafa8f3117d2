import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { generateEventMacKeys } from '#app/credentials';
import type { EventRecord } from '#app/contracts';
import { ensureTopics } from '#app/messaging';
import { deleteTopics, eventually, readTopic } from '#app/system/testing';
import { AuthWorld, forgedLogin, type LoginEventBuilder, type RunningAuth } from './auth.harness.js';

let world: AuthWorld;
let auth: RunningAuth;
let unique = 0;

const address = (): string => `marked${++unique}@example.com`;
const withKeys = (settings: Record<string, string> = {}) => ({
  EVENT_MAC_KEYS: world.macKeys,
  LOGIN_ATTEMPTS_PER_ADDRESS: '10000',
  ...settings,
});

beforeAll(async () => {
  world = await AuthWorld.create(1);
  auth = await world.start(withKeys());
});

afterAll(() => world.close());

async function restart(settings: Record<string, string>): Promise<void> {
  await world.stop(auth);
  auth = await world.start(settings);
}

/** A login from the gateway, applied by the auth app. */
async function ownersLogin(): Promise<LoginEventBuilder> {
  const login = world.newLogin();
  await world.publish(world.marked(await login.created(address(), 'the owner 1')));
  await auth.reaches(login.contactId, 1);
  return login;
}

const forged = ({ contactId, email }: LoginEventBuilder, claimed = email): Promise<EventRecord> =>
  forgedLogin(world, { contactId, email: claimed, password: 'the attacker 1' });

const deadLetters = async (): Promise<{ reason: string; offset: number }[]> =>
  (await readTopic(world.brokers, world.deadLetters)).map(({ headers }) => ({
    reason: String(headers['dl_reason']),
    offset: Number(headers['dl_offset']),
  }));

/** Waits until the consumer has read all published records. */
const caughtUp = (): Promise<void> =>
  eventually(async () => {
    const { parts } = await auth.health();
    expect(parts.lag.records).toBe(0);
  });

describe('when records must have the mark of the gateway', () => {
  it('and a forged record has the greatest version / it is an unauthentic dead letter, and the owner keeps the login', async () => {
    const login = await ownersLogin();
    await world.publish(await forged(login));
    await world.publish(world.marked(await login.newPassword('the owner 2')));
    await auth.reaches(login.contactId, 2);
    expect((await auth.signIn(login.email, 'the owner 2')).status).toBe(201);
    expect((await auth.signIn(login.email, 'the attacker 1')).status).toBe(401);
    expect((await deadLetters()).at(-1)!.reason).toBe('unauthentic: ce_mac is missing');
    const [removal, tombstone] = login.removed();
    await world.publish(world.marked(removal), world.marked(tombstone));
    await eventually(async () => expect((await auth.login(login.contactId)).status).toBe(404));
    expect((await auth.signIn(login.email, 'the attacker 1')).status).toBe(401);
  });

  it("and an unmarked record claims another login's email / the holder keeps the email", async () => {
    const [holder, other] = [await ownersLogin(), await ownersLogin()];
    await world.publish(await forged(other, holder.email));
    await caughtUp();
    expect((await auth.signIn(holder.email, 'the owner 1')).status).toBe(201);
    expect((await auth.signIn(other.email, 'the owner 1')).status).toBe(201);
  });

  it('and an unmarked tombstone arrives / the login stays', async () => {
    const login = await ownersLogin();
    await world.publish(login.removed()[1]);
    await caughtUp();
    expect((await auth.signIn(login.email, 'the owner 1')).status).toBe(201);
  });

  const otherKeys = JSON.stringify(generateEventMacKeys('mac-of-a-stranger'));
  const sameKid = JSON.stringify(generateEventMacKeys('mac-1'));
  it.each<[string, (record: EventRecord) => { headers: Record<string, string | string[]>; value?: string | null }, string]>([
    ['with a key that is not known', (record) => world.marked(record, otherKeys), 'ce_mac is of an unknown key'],
    ["with another key under the gateway's kid", (record) => world.marked(record, sameKid), 'ce_mac is wrong'],
    ['in another form', (record) => ({ headers: { ...record.headers, ce_mac: 'v1.mac-1' } }), 'ce_mac is malformed'],
    [
      'twice',
      (record) => ({ headers: { ...record.headers, ce_mac: [world.marked(record).headers['ce_mac']!, 'v1.mac-1.x'] } }),
      'ce_mac is there twice',
    ],
    [
      'and a second sequence',
      (record) => ({ headers: { ...world.marked(record).headers, ce_sequence: ['00000000000000000001', '9'] } }),
      'ce_sequence is there twice',
    ],
    [
      'in structured mode',
      (record) => ({ headers: { ...world.marked(record).headers, 'content-type': 'application/cloudevents+json' } }),
      'it is in structured mode',
    ],
    [
      'and another value',
      (record) => ({ ...world.marked(record), value: record.value!.replace('"changes"', ' "changes"') }),
      'ce_mac is wrong',
    ],
  ])('and one is marked %s / it is an unauthentic dead letter', async (_, change, reason) => {
    const login = await ownersLogin();
    const record = await forged(login);
    const changed = change(record);
    await world.send({
      key: record.key,
      value: changed.value === undefined ? record.value : changed.value,
      headers: changed.headers,
    });
    await caughtUp();
    expect((await deadLetters()).at(-1)!.reason).toBe(`unauthentic: ${reason}`);
    expect((await auth.signIn(login.email, 'the owner 1')).status).toBe(201);
  });

  it.each<[string, (records: { state: EventRecord; tombstone: EventRecord }) => EventRecord, string]>([
    ['a tombstone, with an empty value', ({ tombstone }) => ({ ...tombstone, value: '' }), 'its value is empty'],
    [
      'a record, with another specversion',
      ({ state }) => ({ ...state, headers: { ...state.headers, ce_specversion: '2' } }),
      'specversion: must be 1.0.',
    ],
    [
      'a record, in structured mode after a blank that is not ASCII',
      ({ state }) => ({ ...state, headers: { ...state.headers, 'content-type': '\u00a0application/cloudevents+json' } }),
      'An attribute has other characters than a to z and 0 to 9.',
    ],
    [
      'a tombstone, with an empty time',
      ({ tombstone }) => ({ ...tombstone, headers: { ...tombstone.headers, ce_time: '' } }),
      'time: must be an RFC 3339 time.',
    ],
  ])('and thirty copies of %s, come in a row / the partition continues', async (_, change, reason) => {
    const login = await ownersLogin();
    const other = await ownersLogin();
    const [state, tombstone] = other.removed().map((record) => world.marked(record)) as [EventRecord, EventRecord];
    await world.publish(state, tombstone);
    const copy = change({ state, tombstone });
    await world.publish(...Array.from({ length: 30 }, () => copy), world.marked(await login.newPassword('the owner 2')));
    await auth.reaches(login.contactId, 2);
    expect((await auth.health()).parts.consumer.stopped).toEqual([]);
    expect((await deadLetters()).slice(-30).map((letter) => letter.reason)).toEqual(Array(30).fill(`unauthentic: ${reason}`));
  });

  it('and fifty unmarked records come in a row / the partition continues, and health and metrics count them', async () => {
    const login = await ownersLogin();
    const before = (await auth.health()).parts.consumer.unauthentic as number;
    const junk = await forged(login);
    await world.publish(...Array.from({ length: 50 }, () => junk));
    await world.publish(world.marked(await login.newPassword('the owner 2')));
    await auth.reaches(login.contactId, 2);
    // Its lag is not known where a busy machine takes long to look.
    const parts = await eventually(async () => {
      const { status, parts: seen } = await auth.health();
      expect({ status, unauthentic: seen.consumer.unauthentic - before, stopped: seen.consumer.stopped }).toEqual({
        status: 'ok',
        unauthentic: 50,
        stopped: [],
      });
      return seen;
    });
    expect(parts.marks).toEqual({ status: 'ok', checked: true });
    const metrics = await (await fetch(`${auth.url}/metrics`)).text();
    expect(metrics).toMatch(new RegExp(`consumer_unauthentic_records_total ${before + 50}`));
  });
});

describe('when the key of the marks is rotated', () => {
  afterEach(() => restart(withKeys()));

  it('and the auth app has the new key first / records of both keys are applied', async () => {
    const newer = generateEventMacKeys('mac-2');
    const both = JSON.stringify({ keys: [...newer.keys, ...(JSON.parse(world.macKeys) as typeof newer).keys] });
    await restart(withKeys({ EVENT_MAC_KEYS: both }));
    const login = await ownersLogin();
    await world.publish(world.marked(await login.newPassword('the owner 2'), JSON.stringify(newer)));
    await auth.reaches(login.contactId, 2);
    expect((await auth.signIn(login.email, 'the owner 2')).status).toBe(201);
  });

  it('and the auth app gets the new key late / a dead letter is applied when it is sent again', async () => {
    const newer = JSON.stringify(generateEventMacKeys('mac-3'));
    const login = await ownersLogin();
    const early = world.marked(await login.newPassword('the owner 2'), newer);
    await world.publish(early);
    await caughtUp();
    expect((await deadLetters()).at(-1)!.reason).toBe('unauthentic: ce_mac is of an unknown key');
    await restart(withKeys({ EVENT_MAC_KEYS: newer }));
    await world.publish(early);
    await auth.reaches(login.contactId, 2);
    expect((await auth.signIn(login.email, 'the owner 2')).status).toBe(201);
  });
});

describe('when the mark is not required', () => {
  afterEach(() => restart(withKeys()));

  it('and marked and unmarked records arrive / all are applied, and health reports that nothing is checked', async () => {
    await restart({});
    const login = world.newLogin();
    await world.publish(await login.created(address(), 'unmarked 1'), world.marked(await login.newPassword('marked 1')));
    await auth.reaches(login.contactId, 2);
    expect((await auth.health()).parts.marks).toEqual({ status: 'ok', checked: false });
  });
});

describe('when marking starts on a topic with unmarked records', () => {
  it('and the first marked offset is noted / unmarked records below it are skipped and counted, and no record above it', async () => {
    await world.stop(auth);
    const login = world.newLogin();
    const old = await login.created(address(), 'the owner 1');
    await world.publish(old, world.marked(await login.newPassword('the owner 2')));
    const { high } = (await world.ends())[0]!;
    await world.sql.query('insert into marking_start (topic, partition, first_offset) values ($1, 0, $2)', [
      world.topic,
      Number(high) - 1,
    ]);
    await world.publish(await forged(login));
    auth = await world.start(withKeys());
    await auth.reaches(login.contactId, 2);
    await caughtUp();
    const { skipped, unauthentic } = (await auth.health()).parts.consumer;
    expect({ skipped, unauthentic }).toEqual({ skipped: 1, unauthentic: 1 });
    expect((await auth.signIn(login.email, 'the owner 2')).status).toBe(201);
  });

  it('and the log has lost its end / unmarked records below the first marked offset are skipped again', async () => {
    await world.publish(await world.newLogin().created(address(), 'the owner 1'));
    await caughtUp();
    const unmarked = async () => (await deadLetters()).filter(({ reason }) => reason === 'unauthentic: ce_mac is missing').length;
    const before = await unmarked();
    await world.stop(auth);
    const { high } = (await world.ends())[0]!;
    await world.sql.query(
      `insert into marking_start (topic, partition, first_offset) values ($1, 0, $2)
       on conflict (topic, partition) do update set first_offset = excluded.first_offset`,
      [world.topic, high],
    );
    // As after the election of a leader that lacks the last records.
    await world.sql.query('update consumer_offset set next_offset = $2 where topic = $1', [world.topic, Number(high) + 10]);
    auth = await world.start(withKeys());
    await caughtUp();
    expect((await auth.health()).parts.consumer.skipped).toBeGreaterThan(0);
    expect(await unmarked()).toBe(before);
  });

  it('and the topic is made again / an unmarked record of the new topic is a dead letter', async () => {
    const login = await ownersLogin();
    await world.sql.query(
      `insert into marking_start (topic, partition, first_offset) values ($1, 0, 1000)
       on conflict (topic, partition) do update set first_offset = excluded.first_offset`,
      [world.topic],
    );
    await world.stop(auth);
    await deleteTopics(world.brokers, [world.topic]);
    const settings = { prefix: world.topicPrefix, partitions: 1, replicationFactor: 1, minInsyncReplicas: 1 };
    await eventually(() => ensureTopics(world.kafka, settings));
    // The broker serves the deleted log until it hears of the new one.
    await eventually(async () => expect((await world.ends())[0]!.high).toBe('0'));
    await world.publish(await forged(login));
    auth = await world.start(withKeys());
    await caughtUp();
    await eventually(async () =>
      expect((await auth.health()).parts.consumer).toMatchObject({ joined: true, skipped: 0, unauthentic: 1 }),
    );
  });
});
