import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type * as Embedded from '@app/embedded';
import { eventually, freePort } from '@app/testing';
import { TestGateway } from './gateway.harness.js';

// The built code: its watchdog is a program of its own.
const embedded = (await import(resolve('dist/libs/embedded/src/index.js'))) as typeof Embedded;

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
const health = async () => (await fetch(`${gateway.url}/health`)).json() as Promise<{ status: string }>;

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

describe('while the broker is away', () => {
  it('updates are answered and their events wait, the gateway stays ready and says that it is degraded; then all go out in order', async () => {
    const contact = await gateway.createContact();
    await eventually(async () => expect(await waiting()).toBe(0));
    await broker.stop();
    for (let index = 0; index < 5; index++) expect((await gateway.update(contact.id, { phone_1: `${index}` })).status).toBe(200);
    expect(await waiting()).toBe(5);
    await eventually(async () => expect((await health()).status).toBe('degraded'));
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200);

    broker = await start();
    await eventually(async () => expect(await waiting()).toBe(0), { timeoutMs: 30_000 });
    const records = await gateway.records('contacts.v1', contact.id, 6);
    expect(records.map(({ value }) => JSON.parse(value!).version)).toEqual([1, 2, 3, 4, 5, 6]);
    await eventually(async () => expect((await health()).status).toBe('ok'));
  }, 90_000);

  it('past the bound of the outbox changes are refused with 503 until events have gone, and none that was answered is lost', async () => {
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
