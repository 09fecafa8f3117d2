import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { TOPIC_SETTINGS, type TopicName } from '#app/contracts';
import type * as Embedded from '#app/system';
import { eventually, freePort, readTopic } from '#app/system/testing';
import kafkajs, { Kafka } from 'kafkajs';
import { startTool } from '../apps/events/src/tool.fixtures.js';
import { TestConsumers } from '../libs/messaging/src/consumer/consumer.fixtures.js';
import { TestGateway } from './gateway.harness.js';

// The built code: its watchdog is a separate program.
const embedded = (await import(resolve('dist/libs/system/src/index.js'))) as typeof Embedded;

const TOPICS = ['contacts.v1', 'portal-logins.v1'] as const;
/** Turns days into seconds, so that the broker deletes within the test what it deletes in a month. */
const SHORT: Record<string, string> = {
  'retention.ms': '3000',
  'segment.ms': '500',
  'min.compaction.lag.ms': '500',
  'max.compaction.lag.ms': '1000',
  'delete.retention.ms': '1000',
  'file.delete.delay.ms': '100',
};
const HASTY_BROKER = { 'log.cleaner.backoff.ms': 200, 'log.retention.check.interval.ms': 300, 'log.initial.task.delay.ms': 100 };

const folder = mkdtempSync(join(tmpdir(), 'contact-sync-erasure-'));
const watchdog = new embedded.Watchdog();
let gateway: TestGateway;
/** The contact that stays. */
let stayed: { id: string };

beforeAll(async () => {
  const jars = { java: embedded.javaProgram(process.env['JAVA_HOME']), folder: realpathSync('.cache/kafka') };
  const files = { dataDir: join(folder, 'kafka'), logFile: join(folder, 'kafka.log'), pidFile: join(folder, 'kafka.pid.json') };
  const { broker } = await embedded.startKafka({ ...files, port: await freePort(), jars, settings: HASTY_BROKER }, watchdog);
  gateway = await TestGateway.start({ KAFKA_BROKERS: broker, TOPIC_PARTITIONS: '1' });
});
afterAll(async () => {
  await gateway?.stop();
  await watchdog.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Gives the topics the settings of the contract with short times, so that the same settings delete and compact. */
async function shorten(): Promise<void> {
  const admin = new Kafka({ brokers: gateway.brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  const resources = TOPICS.map((name) => ({
    type: kafkajs.ConfigResourceTypes.TOPIC,
    name: gateway.topic(name),
    configEntries: Object.entries({ ...TOPIC_SETTINGS[name], 'file.delete.delay.ms': '' }).map(([key, value]) => ({
      name: key,
      value: SHORT[key] ?? value,
    })),
  }));
  await admin.alterConfigs({ validateOnly: false, resources });
  await admin.disconnect();
}

/** All bytes in the files of a topic. The broker renames and deletes files at any moment: it is read until none is gone meanwhile. */
function bytesOf(name: TopicName): string {
  const logs = join(folder, 'kafka/logs', `${gateway.topic(name)}-0`);
  for (;;) {
    const segments = readdirSync(logs).filter((file) => file.includes('.log'));
    try {
      return segments.map((file) => readFileSync(join(logs, file), 'latin1')).join('');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}
/** The command on partitions that have been quiet for two seconds. */
async function refreshQuiet(...more: string[]): Promise<unknown> {
  await sleep(2_000);
  const settings = {
    KAFKA_BROKERS: gateway.brokers.join(','),
    TOPIC_PREFIX: gateway.topicPrefix,
    TOPIC_PARTITIONS: '1',
    GATEWAY_DATABASE_URL: gateway.databaseUrl,
  };
  const { code, out, err } = await startTool(settings, ['refresh-quiet', '--since', '1s', '--yes', '--json', ...more]).ended;
  expect({ code, err }).toMatchObject({ code: 0 });
  return JSON.parse(out);
}
const keysOn = async (name: TopicName) => new Set((await readTopic(gateway.brokers, gateway.topic(name))).map(({ key }) => key));

it('when a contact is deleted / its records disappear from both topics in time, and the latest event of a remaining login stays', async () => {
  const gone = await gateway.createContact({ first_name: 'Erasmus', email: 'erasmus@x.io' });
  const living = await gateway.createContact({ first_name: 'Vera', email: 'vera@x.io' });
  stayed = living;
  for (const { id } of [gone, living])
    await gateway.call('POST', `/contacts/${id}/password`, { password: 'correct horse battery' });
  await gateway.records('portal-logins.v1', gone.id, 1);
  expect(TOPICS.map((name) => bytesOf(name).includes('erasmus@x.io'))).toEqual([true, true]);
  expect((await gateway.call('DELETE', `/contacts/${gone.id}`)).status).toBe(200);
  await gateway.records('portal-logins.v1', gone.id, 3);
  await shorten();

  let turn = 0;
  await eventually(
    async () => {
      // The broker closes a segment when a record comes after its time; it never compacts the active segment.
      await gateway.update(living.id, { email: `vera${++turn}@x.io` });
      for (const name of TOPICS) {
        expect([name, bytesOf(name).match(/erasmus|Erasmus/g)]).toEqual([name, null]);
        expect(await keysOn(name)).not.toContain(gone.id);
      }
    },
    { timeoutMs: 90_000, everyMs: 700 },
  );
  const [latest] = (await readTopic(gateway.brokers, gateway.topic('portal-logins.v1'), { key: living.id, count: 1 })).slice(-1);
  expect(JSON.parse(latest!.value!).email).toMatch(/^vera\d+@x\.io$/);
});

it('when the compacted log has only the marker of an aborted transaction at its end / a new consumer applies the remaining login, and its lag reaches 0', async () => {
  const topic = gateway.topic('portal-logins.v1');
  const kafka = new Kafka({ brokers: gateway.brokers, logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ transactionalId: 'foreign', idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const transaction = await eventually(() => producer.transaction());
  await transaction.send({ topic, acks: -1, messages: [{ key: '1', value: 'never to be read' }] });
  await transaction.abort();
  await producer.disconnect();

  const topics = { brokers: gateway.brokers, prefix: gateway.topicPrefix };
  await TestConsumers.with(async (world) => {
    const consumer = world.consume({ standstillMs: 1_500 });
    await eventually(() => expect(consumer.report().joined).toBe(true));
    await eventually(async () => expect(await consumer.lag()).toBe(0), { timeoutMs: 60_000 });
    expect([...new Set(world.taken)]).toEqual([Number(stayed.id)]);
    await eventually(() => expect(consumer.report()).toMatchObject({ status: 'ok', stopped: [] }));
  }, topics);
});

it('when the partition of a deleted contact gets no more records / its email stays until refresh-quiet is run, and goes then', async () => {
  const gone = await gateway.createContact({ first_name: 'Quietus', email: 'quietus@x.io' });
  await gateway.call('POST', `/contacts/${gone.id}/password`, { password: 'correct horse battery' });
  await gateway.records('portal-logins.v1', gone.id, 1);
  expect((await gateway.call('DELETE', `/contacts/${gone.id}`)).status).toBe(200);
  await gateway.records('portal-logins.v1', gone.id, 3);

  // Retention takes an open segment too; compaction does not.
  await eventually(() => expect(bytesOf('contacts.v1')).not.toMatch(/quietus/i), { timeoutMs: 60_000, everyMs: 500 });
  expect(bytesOf('portal-logins.v1')).toContain('quietus@x.io');

  const dry = await refreshQuiet('--dry-run');
  expect(dry).toMatchObject({ quiet: [{ partition: 0, contactId: Number(gone.id), version: 2 }], published: 0 });
  expect(await refreshQuiet()).toMatchObject({ published: 1 });
  await eventually(() => expect(bytesOf('portal-logins.v1')).not.toContain('quietus'), { timeoutMs: 60_000, everyMs: 500 });
  expect(bytesOf('portal-logins.v1')).toContain('vera');

  // What is left says nothing but that the login is gone: no further record is needed.
  const left = await eventually(async () => {
    const records = await readTopic(gateway.brokers, gateway.topic('portal-logins.v1'), { key: gone.id });
    expect(records.at(-1)).toMatchObject({ value: null });
    return records;
  });
  expect(left.every(({ value }) => value === null || JSON.parse(value).email === null)).toBe(true);
  expect(await refreshQuiet()).toEqual({ quiet: [], published: 0 });
}, 180_000);
