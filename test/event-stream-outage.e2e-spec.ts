import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type * as Embedded from '#app/system';
import { eventually, freePort } from '#app/system/testing';
import { EventStreamClient } from './event-stream.client.js';
import { TestGateway, TOKEN } from './gateway.harness.js';

// The built code: its watchdog is a separate program.
const embedded = (await import(resolve('dist/libs/system/src/index.js'))) as typeof Embedded;

const folder = mkdtempSync(join(tmpdir(), 'contact-sync-stream-'));
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

beforeAll(async () => {
  port = await freePort();
  broker = await start();
  gateway = await TestGateway.start({ KAFKA_BROKERS: `127.0.0.1:${port}` });
}, 60_000);
afterAll(async () => {
  await gateway?.stop();
  await watchdog.close();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const open = (headers: Record<string, string> = {}) => EventStreamClient.open(gateway.url, TOKEN, '', headers);
const versions = ({ events }: EventStreamClient) => events.map(({ data }) => data.version).filter((version) => version > 1);

describe('when the broker is unavailable and comes back', () => {
  it('and streams are open / they stay open and miss no event; new ones start with them, and a resumed one gets 503', async () => {
    const contact = await gateway.createContact();
    const stream = await open();
    await gateway.update(contact.id, { phone_1: 'before' });
    await eventually(() => expect(versions(stream)).toEqual([2]));

    await broker.stop();
    for (let round = 0; round < 3; round++) expect((await gateway.update(contact.id, { phone_1: `${round}` })).status).toBe(200);
    const meanwhile = await open();
    expect(meanwhile.response.status).toBe(200);
    const resumed = await open({ 'last-event-id': stream.lastEventId });
    expect(resumed.response.status).toBe(503);
    expect(Number(resumed.response.headers.get('retry-after'))).toBeGreaterThan(0);

    broker = await start();
    await eventually(() => expect(versions(stream)).toEqual([2, 3, 4, 5]), { timeoutMs: 30_000 });
    await eventually(() => expect(versions(meanwhile)).toEqual([3, 4, 5]));
    expect([stream.isOver, meanwhile.isOver]).toEqual([false, false]);
    const later = await open({ 'last-event-id': stream.events.find(({ data }) => data.version === 3)!.id });
    await eventually(() => expect(versions(later)).toEqual([4, 5]));
    for (const client of [stream, meanwhile, later]) client.close();
  }, 90_000);
});
