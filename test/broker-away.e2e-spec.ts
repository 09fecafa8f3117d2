import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type * as Embedded from '#app/system';
import { eventually, freePort } from '#app/system/testing';
import { EventStreamClient, type StreamedMessage } from './event-stream.client.js';
import { TestGateway, TOKEN } from './gateway.harness.js';

// The built code: its watchdog is a separate program.
const embedded = (await import(resolve('dist/libs/system/src/index.js'))) as typeof Embedded;

const MAX_ROWS = 20;

const folder = mkdtempSync(join(tmpdir(), 'contact-sync-broker-'));
const watchdog = new embedded.Watchdog();
const jars = { java: embedded.javaProgram(process.env['JAVA_HOME']), folder: realpathSync('.cache/kafka') };
let port: number;
let broker: Embedded.RunningKafka;
let gateway: TestGateway;
/** A gateway whose outbox is full after a few rows. */
let small: TestGateway;

const start = () =>
  embedded.startKafka(
    { dataDir: join(folder, 'kafka'), logFile: join(folder, 'kafka.log'), pidFile: join(folder, 'kafka.pid.json'), port, jars },
    watchdog,
  );
const waiting = async ({ sql } = gateway) =>
  (await sql.query<{ count: number }>('select count(*)::int as count from outbox')).rows[0]!.count;
const health = async () =>
  (await fetch(`${gateway.url}/health`)).json() as Promise<{ status: string; parts: Record<string, any> }>;
const metric = (name: string) => gateway.metric(name);
const openStream = (headers: Record<string, string> = {}) => EventStreamClient.open(gateway.url, TOKEN, '', headers);
const versionsOf = (events: StreamedMessage[], { id }: { id: string }) =>
  events.flatMap(({ data }) => (data.subject === `contacts/${id}` && data.version > 1 ? [Number(data.version)] : []));
const published = async (of: TestGateway, { id }: { id: string }, count: number) =>
  (await of.records('contacts.v1', id, count)).map(({ value }) => JSON.parse(value!).version as number);

/** Contacts made while the broker was there; the streamed one was updated once. */
let updated: { id: string };
let streamed: { id: string };
let crowding: { id: string };
let publishedBefore: number;
let open: EventStreamClient;
let openedMeanwhile: EventStreamClient;
let answered = 0;

beforeAll(async () => {
  port = await freePort();
  broker = await start();
  gateway = await TestGateway.start({ KAFKA_BROKERS: `127.0.0.1:${port}` });
  small = await TestGateway.start({ KAFKA_BROKERS: `127.0.0.1:${port}`, OUTBOX_MAX_ROWS: String(MAX_ROWS) });
  [updated, streamed, crowding] = [await gateway.createContact(), await gateway.createContact(), await small.createContact()];
  open = await openStream();
  await gateway.update(streamed.id, { phone_1: 'before' });
  await eventually(() => expect(versionsOf(open.events, streamed)).toEqual([2]));
  await eventually(async () => expect([await waiting(), await waiting(small)]).toEqual([0, 0]));
  const well = { parts: { broker: { status: 'ok' }, relay: { state: 'publishing' } } };
  await eventually(async () => expect(await health()).toMatchObject(well));
  publishedBefore = await metric('relay_published_events_total');
  await broker.stop();
});
afterAll(async () => {
  for (const client of [open, openedMeanwhile]) client?.close();
  await gateway?.stop();
  await small?.stop();
  await watchdog.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('while the broker is unavailable', () => {
  it('when contacts are updated / answers 200, and counts the events that wait', async () => {
    for (let index = 0; index < 5; index++) expect((await gateway.update(updated.id, { phone_1: `${index}` })).status).toBe(200);
    for (let index = 0; index < 3; index++) expect((await gateway.update(streamed.id, { phone_1: `${index}` })).status).toBe(200);
    expect([await waiting(), await metric('outbox_rows')]).toEqual([8, 8]);
    expect(await metric('hashes_waiting')).toBe(0);
    expect(await metric('database_connections_open')).toBeGreaterThan(0);
    expect(await metric('outbox_oldest_seconds')).toBeGreaterThan(0);
  });

  it('when its health is asked for / is degraded and ready, and the relay retries', async () => {
    await eventually(async () => expect((await health()).parts['broker']).toEqual({ status: 'degraded' }));
    await eventually(async () => expect(await metric('relay_state{state="retrying"}')).toBe(1));
    const parts = { database: { status: 'ok' }, relay: { status: 'degraded' } };
    await eventually(async () => expect(await health()).toMatchObject({ status: 'degraded', parts }));
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200);
  });

  it('when a stream is opened / starts at once; when one is resumed / answers 503', async () => {
    openedMeanwhile = await openStream();
    expect(openedMeanwhile.response.status).toBe(200);
    const resumed = await openStream({ 'last-event-id': open.lastEventId });
    expect(resumed.response.status).toBe(503);
    expect(Number(resumed.response.headers.get('retry-after'))).toBeGreaterThan(0);
    await gateway.update(streamed.id, { phone_1: 'after it was opened' });
  });

  it('when an export is asked for, with or without an open stream / answers 503, since its place in the stream is unknown', async () => {
    for (const each of [small, gateway]) {
      const unplaced = await each.call('GET', '/contacts/export');
      expect([unplaced.status, unplaced.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
    }
  });

  it('when the outbox is full / changes are 503, and contacts can be read', async () => {
    const refusal = await eventually(async () => {
      const answer = await small.update(crowding.id, { phone_1: `${answered}` });
      if (answer.status === 200) answered++;
      expect(answer.status).toBe(503);
      return answer;
    });
    expect([refusal.body.code, Number(refusal.headers.get('retry-after'))]).toEqual(['outbox_full', expect.any(Number)]);
    expect(answered).toBeGreaterThanOrEqual(MAX_ROWS);
    expect((await small.call('GET', `/contacts/${crowding.id}`)).status).toBe(200);
  });
});

describe('when the broker is back', () => {
  beforeAll(async () => {
    broker = await start();
    await eventually(async () => expect(await waiting()).toBe(0));
  });

  it('and events waited / publishes each once and in order, and its health is ok', async () => {
    expect(await published(gateway, updated, 6)).toEqual([1, 2, 3, 4, 5, 6]);
    await eventually(async () => expect((await health()).status).toBe('ok'));
    await eventually(async () => expect(await metric('relay_published_events_total')).toBe(publishedBefore + 9));
    expect(await metric('relay_failures_total')).toBeGreaterThan(0);
    const route = 'method="POST",route="/external/api/v1/contacts/:id",status="200"';
    expect(await metric(`http_request_duration_seconds_count{${route}}`)).toBe(10);
  });

  it('and streams are open / they stayed open and miss no event; one that is resumed continues', async () => {
    const followed = ({ isOver, events }: EventStreamClient) => ({ isOver, versions: versionsOf(events, streamed) });
    await eventually(() => expect(followed(open)).toEqual({ isOver: false, versions: [2, 3, 4, 5, 6] }));
    await eventually(() => expect(followed(openedMeanwhile)).toEqual({ isOver: false, versions: [3, 4, 5, 6] }));
    const last = open.events.find(({ data }) => data.subject === `contacts/${streamed.id}` && data.version === 3)!;
    const later = await openStream({ 'last-event-id': last.id });
    await eventually(() => expect(versionsOf(later.events, streamed)).toEqual([4, 5, 6]));
    later.close();
  });

  it('and the outbox was full / changes are accepted, and no answered change is lost', async () => {
    await eventually(async () => expect((await small.update(crowding.id, { phone_1: 'again' })).status).toBe(200));
    expect(await published(small, crowding, answered + 2)).toEqual(Array.from({ length: answered + 2 }, (_, at) => at + 1));
  });
});
