import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type * as Embedded from '#app/system';
import { eventually, freePort } from '#app/system/testing';
import { TestGateway } from './gateway.harness.js';

// The built code: its watchdog is a separate program.
const embedded = (await import(resolve('dist/libs/system/src/index.js'))) as typeof Embedded;

const folder = mkdtempSync(join(tmpdir(), 'contact-sync-broker-'));
const watchdog = new embedded.Watchdog();
const jars = { java: embedded.javaProgram(process.env['JAVA_HOME']), folder: realpathSync('.cache/kafka') };
let port: number;
let broker: Embedded.RunningKafka;
let gateway: TestGateway;

const start = () =>
  embedded.startKafka(
    { dataDir: join(folder, 'kafka'), logFile: join(folder, 'kafka.log'), pidFile: join(folder, 'kafka.pid.json'), port, jars },
    watchdog,
  );
const waiting = async () => Number((await gateway.sql.query<{ count: string }>('select count(*) from outbox')).rows[0]!.count);
const health = async () =>
  (await fetch(`${gateway.url}/health`)).json() as Promise<{ status: string; parts: Record<string, any> }>;
const metric = async (name: string) => {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`contact_sync_${name} `));
  return Number(line?.split(' ').at(-1));
};
/** The time in which health must report it. */
const HEALTH_WITHIN = { timeoutMs: 5_000 };

beforeAll(async () => {
  port = await freePort();
  broker = await start();
  gateway = await TestGateway.start({ KAFKA_BROKERS: `127.0.0.1:${port}`, OUTBOX_MAX_ROWS: '20' });
}, 60_000);
afterAll(async () => {
  await gateway?.stop();
  await watchdog.close();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe('while the broker is unavailable', () => {
  it('when contacts are updated / answers 200, stays ready with a degraded health, and publishes all events in order afterwards', async () => {
    const contact = await gateway.createContact();
    await eventually(async () => expect(await waiting()).toBe(0));
    expect(await health()).toMatchObject({ parts: { broker: { status: 'ok' }, relay: { state: 'publishing' } } });
    const published = await metric('relay_published_events_total');
    await broker.stop();
    await eventually(async () => expect((await health()).parts['broker']).toEqual({ status: 'degraded' }), HEALTH_WITHIN);
    for (let index = 0; index < 5; index++) expect((await gateway.update(contact.id, { phone_1: `${index}` })).status).toBe(200);
    expect(await waiting()).toBe(5);
    expect(await metric('outbox_rows')).toBe(5);
    expect(await metric('hashes_waiting')).toBe(0);
    expect(await metric('database_connections_open')).toBeGreaterThan(0);
    expect(await metric('outbox_oldest_seconds')).toBeGreaterThan(0);
    await eventually(async () => expect(await metric('relay_state{state="retrying"}')).toBe(1));
    expect(await health()).toMatchObject({
      status: 'degraded',
      parts: { database: { status: 'ok' }, relay: { status: 'degraded' } },
    });
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200);
    const unplaced = await gateway.call('GET', '/contacts/export');
    expect([unplaced.status, unplaced.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);

    broker = await start();
    await eventually(async () => expect(await waiting()).toBe(0), { timeoutMs: 30_000 });
    const records = await gateway.records('contacts.v1', contact.id, 6);
    expect(records.map(({ value }) => JSON.parse(value!).version)).toEqual([1, 2, 3, 4, 5, 6]);
    await eventually(async () => expect((await health()).status).toBe('ok'), HEALTH_WITHIN);
    expect(await metric('relay_published_events_total')).toBe(published + 5);
    expect(await metric('relay_failures_total')).toBeGreaterThan(0);
    const route = 'method="POST",route="/external/api/v1/contacts/:id",status="200"';
    expect(await metric(`http_request_duration_seconds_count{${route}}`)).toBe(5);
  }, 90_000);

  it('when the outbox is full / changes are 503 until events are published, and no answered change is lost', async () => {
    const contact = await gateway.createContact();
    await eventually(async () => expect(await waiting()).toBe(0));
    await broker.stop();
    let answered = 0;
    const refusal = await eventually(async () => {
      const answer = await gateway.update(contact.id, { phone_1: `${answered}` });
      if (answer.status === 200) answered++;
      expect(answer.status).toBe(503);
      return answer;
    });
    expect([refusal.body.code, Number(refusal.headers.get('retry-after'))]).toEqual(['outbox_full', expect.any(Number)]);
    expect(answered).toBeGreaterThanOrEqual(20);
    expect((await gateway.call('GET', `/contacts/${contact.id}`)).status).toBe(200);

    broker = await start();
    await eventually(async () => expect((await gateway.update(contact.id, { phone_1: 'again' })).status).toBe(200), {
      timeoutMs: 30_000,
    });
    const records = await gateway.records('contacts.v1', contact.id, answered + 2);
    expect(records.map(({ value }) => JSON.parse(value!).version)).toEqual(
      Array.from({ length: answered + 2 }, (_, at) => at + 1),
    );
  }, 90_000);
});
