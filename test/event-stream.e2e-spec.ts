import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { PeerWatch } from '#app/http';
import { createKafka } from '#app/messaging';
import { eventually } from '#app/system/testing';
import { Partitioners } from 'kafkajs';
import { EventStreams } from '../apps/gateway/src/events/event-streams.js';
import { decodeCursor, encodeCursor } from '../libs/messaging/src/log/feed-cursor.js';
import { LogLayout } from '../libs/messaging/src/log/log-layout.js';
import { EventStreamClient } from './event-stream.client.js';
import { around } from './faults/seams/around.js';
import { TestGateway, TOKEN } from './gateway.harness.js';

let gateway: TestGateway;
let streams: EventStreamClient[] = [];

beforeAll(async () => {
  gateway = await TestGateway.start({ EVENT_STREAMS_PER_TOKEN: '3' });
});
afterEach(() => {
  for (const stream of streams) stream.close();
  streams = [];
});
afterAll(() => gateway?.stop());

/** Opens a stream, by default with a token of its own, so that open streams of other tests use none of its slots. */
async function open(query = '', { token, ...headers }: Record<string, string> = {}): Promise<EventStreamClient> {
  const stream = await EventStreamClient.open(gateway.url, token ?? (await makeToken(['events:read'])), query, headers);
  streams.push(stream);
  return stream;
}

const makeToken = (scopes: string[], expiresAt: Date | null = null): Promise<string> =>
  gateway.insertToken(scopes, { expiresAt });

const address = () => `${randomUUID()}@x.io`;

const eventsOf = ({ events }: EventStreamClient, contactId: string) =>
  events.filter(({ data }) => data.subject === `contacts/${contactId}`);

describe('when a contact is updated while a stream is open', () => {
  it('by a request with an id / the stream has the event with its type, its data and the request id', async () => {
    const { id } = await gateway.createContact({ email: 'old@x.io' });
    const stream = await open();
    await gateway.update(id, { email: 'new@x.io' }, { 'x-request-id': 'the-request' });
    await eventually(() => expect(eventsOf(stream, id)).not.toEqual([]));
    const [record] = (await gateway.records('contacts.v1', id, 2)).slice(1);
    expect(eventsOf(stream, id).at(-1)).toEqual({
      id: expect.stringMatching(/^[\w-]+$/),
      event: 'ContactUpdated',
      data: {
        id: record!.headers['ce_id'],
        type: 'ContactUpdated',
        time: record!.headers['ce_time'],
        subject: `contacts/${id}`,
        version: 2,
        correlation_id: 'the-request',
        data: JSON.parse(record!.value!),
      },
    });
  });

  it("and its headers are read / they have what a proxy and a client need, and the id of the stream's request", async () => {
    const { response } = await open('', { 'x-request-id': 'of-the-stream' });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-request-id': 'of-the-stream',
    });
  });

  it('by many requests / each of two streams has every event, and those of a contact in order', async () => {
    const contacts = await Promise.all(Array.from({ length: 5 }, () => gateway.createContact()));
    const both = [await open(), await open()];
    const rounds = 40;
    await Promise.all(
      contacts.map(async ({ id }) => {
        for (let round = 0; round < rounds; round++) await gateway.updateUntilAnswered(id, { phone_1: `${round}` });
      }),
    );
    const wanted = Array.from({ length: rounds }, (_, index) => index + 2);
    for (const stream of both) {
      await eventually(() => {
        for (const { id } of contacts) {
          const versions = eventsOf(stream, id).map(({ data }) => data.version);
          expect(versions.filter((version) => version > 1)).toEqual(wanted);
        }
      });
    }
  });
});

describe('when a login is created and changed while a stream is open', () => {
  it('and its text is searched / shows the changes of the login, and nothing of its credential', async () => {
    const { id } = await gateway.createContact({ email: `${randomUUID()}@x.io` });
    const stream = await open();
    await gateway.update(id, { password: 'correct horse battery' });
    await gateway.update(id, { email: `${randomUUID()}@x.io` });
    const logins = () => eventsOf(stream, id).filter(({ event }) => event === 'PortalLoginChanged');
    await eventually(() => expect(logins()).toHaveLength(2));
    const [record] = await gateway.records('portal-logins.v1', id, 2);
    const { credential, ...shown } = JSON.parse(record!.value!);
    expect(credential).toMatch(/^eyJ/);
    expect(logins()[0]!.data).toMatchObject({ type: 'PortalLoginChanged', version: 1, data: shown });
    expect(logins()[0]!.data.data).toEqual(shown);
    expect(stream.raw).not.toMatch(/credential|eyJ|argon2|battery/);
  });
});

describe('when a stream has filters', () => {
  it('and events match some or all of them / sends only events that match all', async () => {
    const [one, two] = [await gateway.createContact({ email: 'a@x.io' }), await gateway.createContact()];
    const contact = await open(`?contact_id=${one.id}`);
    const type = await open(`?type=PortalLoginChanged`);
    const both = await open(`?type=ContactUpdated&contact_id=${one.id}`);
    await gateway.update(two.id, { phone_1: '1' });
    await gateway.update(one.id, { password: 'correct horse battery' });
    await gateway.update(one.id, { phone_1: '2' });
    const seen = ({ events }: EventStreamClient) =>
      events.map(({ event, data }) => `${event} ${data.subject} ${data.version}`).sort();
    await eventually(() => {
      expect(seen(contact)).toEqual(
        expect.arrayContaining([
          `ContactUpdated contacts/${one.id} 2`,
          `ContactUpdated contacts/${one.id} 3`,
          `PortalLoginChanged contacts/${one.id} 1`,
        ]),
      );
      expect(contact.events.every(({ data }) => data.subject === `contacts/${one.id}`)).toBe(true);
      expect(seen(type)).toEqual([`PortalLoginChanged contacts/${one.id} 1`]);
      expect(seen(both)).toEqual([`ContactUpdated contacts/${one.id} 2`, `ContactUpdated contacts/${one.id} 3`]);
    });
  });

  it("by company / sends only the company's own events", async () => {
    const [one, two] = [await gateway.createCompany(), await gateway.createCompany()];
    const stream = await open(`?company_id=${one}`);
    const all = await open();
    await gateway.createContact({ company_id: one });
    for (const id of [two, one]) await gateway.call('POST', `/companies/${id}`, { name: 'Renamed' });
    const seen = (client: EventStreamClient) =>
      client.events.map(({ event, data }) => `${event} ${data.subject} ${data.version}`);
    await eventually(() => {
      expect(seen(stream)).toContain(`CompanyUpdated companies/${one} 2`);
      expect(seen(all)).toContain(`CompanyUpdated companies/${two} 2`);
    });
    expect(stream.events.every(({ data }) => data.subject === `companies/${one}`)).toBe(true);
    const [, record] = await gateway.records('companies.v1', one, 2);
    expect(stream.events.at(-1)!.data.data).toEqual(JSON.parse(record!.value!));
  });

  it('by changed fields / compares contacts, companies and logins, and sends events without changes', async () => {
    const before = await open();
    const [one, two] = [await gateway.createContact({ email: address() }), await gateway.createContact({ email: address() })];
    const company = await gateway.createCompany();
    // What the gateway has not read yet when the stream begins would be in it.
    const made = [
      ...[one, two].map(({ id }) => `contacts/${id}`),
      ...[one.company_id, two.company_id, company].map((id) => `companies/${id}`),
    ];
    await eventually(() => expect(before.events.map(({ data }) => data.subject)).toEqual(expect.arrayContaining(made)));
    const stream = await open('?changed=phone,%20name,password');
    await gateway.update(one.id, { first_name: 'Other', password: 'correct horse battery' });
    await gateway.update(one.id, { email: address() });
    await gateway.update(two.id, { phone_1: '1' });
    await gateway.call('POST', `/companies/${company}`, { city: 'Springfield' });
    await gateway.call('POST', `/companies/${company}`, { name: 'Renamed' });
    await gateway.call('DELETE', `/contacts/${two.id}`);
    const seen = () => stream.events.map(({ event, data }) => `${event} ${data.subject} ${data.version}`).sort();
    await eventually(() =>
      expect(seen()).toEqual([
        `CompanyUpdated companies/${company} 3`,
        `ContactDeleted contacts/${two.id} 3`,
        `ContactUpdated contacts/${two.id} 2`,
      ]),
    );
    await gateway.update(one.id, { password: 'battery horse correct' });
    await eventually(() => expect(seen()).toContain(`PortalLoginChanged contacts/${one.id} 3`));
  });

  it.each([
    ['?company_id=x', ['company_id']],
    ['?contact_id=1&company_id=1', ['company_id']],
    ['?changed=email,nickname', ['changed']],
    ['?changed=', ['changed']],
    ['?changed=email&changed=name', ['changed']],
    ['?contact_id=0', ['contact_id']],
    ['?contact_id=a&type=ContactRenamed', ['contact_id', 'type']],
    ['?contact_id=99999999999999999999', ['contact_id']],
    ['?contact_id=1&contact_id=2', ['contact_id']],
    ['?contact_id=', ['contact_id']],
    ['?type=toString', ['type']],
  ])('of the query %s / answers 422 that names the parameter', async (query, fields) => {
    const { status, body } = await gateway.call('GET', `/events/stream${query}`);
    expect(status).toBe(422);
    expect(Object.keys(body.errors).sort()).toEqual(fields);
  });
});

describe('when a client resumes with a cursor of release 1.0.0, without the topic of companies', () => {
  it("and events followed / has the later events of the old topics, and companies from the cursor's time on", async () => {
    const [contact, company] = [await gateway.createContact(), await gateway.createCompany()];
    const all = await open();
    await gateway.update(contact.id, { phone_1: 'before' });
    await eventually(() => expect(eventsOf(all, contact.id).at(-1)?.data.version).toBe(2));
    const topics = (['contacts.v1', 'portal-logins.v1', 'companies.v1'] as const).map((name) => gateway.topic(name));
    const { layout, position, time } = decodeCursor(all.lastEventId, topics);
    const before = new LogLayout(topics.slice(0, 2), layout.partitions.slice(0, 2));
    const cursor = encodeCursor({ layout: before, position: position.slice(0, before.size), time });
    await gateway.update(contact.id, { phone_1: 'after' });
    await gateway.call('POST', `/companies/${company}`, { name: 'After' });
    const again = await open('', { 'last-event-id': cursor });
    await eventually(() => {
      expect(eventsOf(again, contact.id).map(({ data }) => data.version)).toEqual([3]);
      expect(again.events.map(({ event, data }) => `${event} ${data.subject} ${data.version}`)).toContain(
        `CompanyUpdated companies/${company} 2`,
      );
    });
    again.close();
    await gateway.update(contact.id, { phone_1: 'later' });
    const later = await open(`?contact_id=${contact.id}`, { 'last-event-id': again.lastEventId });
    await eventually(() => expect(later.events.map(({ data }) => data.version)).toEqual([4]));
  });
});

describe('when a client resumes with its last id', () => {
  it('also an id without an event / has every later event once', async () => {
    const { id } = await gateway.createContact();
    const first = await open(`?contact_id=${id}`);
    await eventually(() => expect(first.lastEventId).not.toBe(''));
    const before = first.lastEventId;
    for (let round = 0; round < 5; round++) await gateway.update(id, { phone_1: `${round}` });
    const updates = ({ events }: EventStreamClient) => events.map(({ data }) => data.version).filter((version) => version > 1);
    await eventually(() => expect(updates(first)).toEqual([2, 3, 4, 5, 6]));
    const third = first.events.find(({ data }) => data.version === 4)!.id;
    first.close();
    await gateway.update(id, { phone_1: 'later' });
    const after = await open(`?contact_id=${id}`, { 'last-event-id': third });
    const all = await open(`?contact_id=${id}`, { 'last-event-id': before });
    await eventually(() => {
      expect(updates(after)).toEqual([5, 6, 7]);
      expect(updates(all)).toEqual([2, 3, 4, 5, 6, 7]);
    });
  });

  it.each(['none', 'AAAA', '"'])('and it is %j / answers 422 on Last-Event-ID', async (cursor) => {
    const { status, body } = await gateway.call('GET', '/events/stream', undefined, { 'last-event-id': cursor });
    expect({ status, errors: Object.keys(body.errors) }).toEqual({ status: 422, errors: ['Last-Event-ID'] });
    const both = await gateway.call('GET', '/events/stream?type=x', undefined, { 'last-event-id': cursor });
    expect(Object.keys(both.body.errors).sort()).toEqual(['Last-Event-ID', 'type']);
  });

  it('and later events are deleted on the broker / answers 410', async () => {
    const { id } = await gateway.createContact();
    const stream = await open(`?contact_id=${id}`);
    await eventually(() => expect(stream.lastEventId).not.toBe(''));
    const cursor = stream.lastEventId;
    await gateway.update(id, { phone_1: '1' });
    const records = await gateway.records('contacts.v1', id, 2);
    const { partition, offset } = records.at(-1)!;
    const admin = createKafka({ brokers: gateway.brokers, clientId: 'test' }, new Logger('Kafka')).admin();
    await admin.connect();
    const partitions = [{ partition, offset: String(Number(offset) + 1) }];
    await admin.fetchTopicOffsets(gateway.topic('contacts.v1'));
    await admin.deleteTopicRecords({ topic: gateway.topic('contacts.v1'), partitions });
    await admin.disconnect();
    const { status, body } = await gateway.call('GET', '/events/stream', undefined, { 'last-event-id': cursor });
    expect({ status, code: body.code }).toEqual({ status: 410, code: 'cursor_expired' });
  });
});

describe('when the token of a stream is no longer valid', () => {
  const openWithEnd = async (ms: number): Promise<EventStreamClient> =>
    open('', { token: await makeToken(['events:read'], new Date(Date.now() + ms)) });

  it('because it is revoked / ends its stream within seconds, and no other', async () => {
    const token = await makeToken(['events:read']);
    const [revoked, other] = [await open('', { token }), await open()];
    await gateway.sql.query(`update api_token set revoked_at = clock_timestamp() where name = $1`, [token]);
    await eventually(() => expect(revoked.isOver).toBe(true), { timeoutMs: 15_000 });
    expect(other.isOver).toBe(false);
  });

  it('because it expires / ends the stream', async () => {
    // On a busy machine a token that ends soon can have ended before its stream begins.
    let ms = 3_000;
    let stream = await openWithEnd(ms);
    if (stream.response.status === 401) stream = await openWithEnd((ms = 12_000));
    expect(stream.response.status).toBe(200);
    await eventually(() => expect(stream.isOver).toBe(true), { timeoutMs: ms + 12_000 });
  });

  it('because it has no scope / answers 403, whatever other scopes it has', async () => {
    const token = await makeToken(['contacts:read', 'contacts:write']);
    const { response } = await open('', { token });
    expect(response.status).toBe(403);
  });
});

describe('when the number of streams reaches its limit', () => {
  it('of one token / answers 429, and accepts a new stream when a client has left', async () => {
    const token = await makeToken(['events:read']);
    const own = [await open('', { token }), await open('', { token }), await open('', { token })];
    const refused = await open('', { token });
    expect(refused.response.status).toBe(429);
    expect(Number(refused.response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await open()).response.status).toBe(200);
    own[0]!.close();
    await eventually(async () => expect((await open('', { token })).response.status).toBe(200));
  });

  it('of one token, and the network of a client is gone / accepts a new stream once that is noticed', async () => {
    const token = await makeToken(['events:read']);
    const lost: (() => void)[] = [];
    const undo = around(PeerWatch.prototype, 'watch', (watch, [, onDead]) => {
      lost.push(onDead);
      return watch();
    });
    const own = [await open('', { token }), await open('', { token }), await open('', { token })];
    undo();
    // As its watch does after a minute.
    lost[0]!();
    await eventually(async () => expect((await open('', { token })).response.status).toBe(200));
    expect(own.map(({ isOver }) => isOver)).toEqual([true, false, false]);
  });

  it('of one token, and clients leave before their streams begin / they use no slot', async () => {
    const token = await makeToken(['events:read']);
    let socket: Socket | undefined;
    let leaving = new AbortController();
    const arrived = (message: unknown): void => void ({ socket } = message as { socket: Socket });
    subscribe('http.server.request.start', arrived);
    const undo = around(EventStreams.prototype, 'reserve', async (reserve) => {
      const slot = await reserve();
      const closed = once(socket!, 'close');
      leaving.abort();
      await closed;
      return slot;
    });
    for (let index = 0; index < 3; index++) {
      leaving = new AbortController();
      const asked = gateway.call('GET', '/events/stream', undefined, { authorization: `Bearer ${token}` }, leaving.signal);
      await expect(asked).rejects.toThrow('aborted');
    }
    undo();
    unsubscribe('http.server.request.start', arrived);
    await eventually(async () => expect((await open('', { token })).response.status).toBe(200));
  });

  it('of the process / answers 503', async () => {
    const small = await TestGateway.start({ EVENT_STREAMS_PER_PROCESS: '1' });
    streams.push(await EventStreamClient.open(small.url, TOKEN));
    const refused = await small.call('GET', '/events/stream');
    await small.stop();
    expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 503, code: 'streams_full' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('and requests were refused / they use no slot', async () => {
    for (let index = 0; index < 10; index++) {
      expect((await gateway.call('GET', '/events/stream?type=x')).status).toBe(422);
    }
    expect((await gateway.call('HEAD', '/events/stream')).status).toBe(200);
    expect((await open('', { token: TOKEN })).response.status).toBe(200);
  });
});

it('when the method is HEAD / answers the headers of the stream, and no length', async () => {
  const { status, headers } = await gateway.call('HEAD', '/events/stream');
  expect([status, headers.get('content-type'), headers.get('content-length')]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
    null,
  ]);
});

describe('when a topic has a record that is no event', () => {
  it('and events follow / skips the record and sends the events', async () => {
    const { id } = await gateway.createContact();
    const stream = await open(`?contact_id=${id}`);
    const kafka = createKafka({ brokers: gateway.brokers, clientId: 'test' }, new Logger('Kafka'));
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const [record] = await gateway.records('contacts.v1', id, 1);
    const headers = { ...record!.headers };
    const messages = [
      { key: id, value: 'no event' },
      { key: id, value: 'no JSON', headers },
      { key: id, value: '{}', headers: { ...headers, ce_type: 'contact-sync.ContactRenamed.v1' } },
      { key: id, value: '{}', headers: { ...headers, ce_type: 'contact-sync.ContactUpdated.v2' } },
      { key: id, value: null, headers },
    ];
    await producer.send({ topic: gateway.topic('contacts.v1'), messages });
    await producer.disconnect();
    await gateway.update(id, { phone_1: 'after' });
    await eventually(() => expect(stream.events.at(-1)?.data.version).toBe(2));
    expect(stream.events.filter(({ data }) => data.version !== 1)).toHaveLength(1);
  });
});

describe('when the gateway stops while streams are open', () => {
  it('and clients resume elsewhere / ends its streams at once, stops in time, and clients miss nothing', async () => {
    const own = await TestGateway.start();
    const { id } = await own.createContact();
    const stream = await EventStreamClient.open(own.url, TOKEN);
    await own.update(id, { phone_1: '1' });
    await eventually(() => expect(stream.events.at(-1)?.data.version).toBe(2));
    const since = Date.now();
    await own.stop();
    expect(Date.now() - since).toBeLessThan(15_000);
    await eventually(() => expect(stream.isOver).toBe(true));
  });
});
