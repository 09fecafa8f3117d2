import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readTopic } from '#app/system/testing';
import { Kafka, logLevel } from 'kafkajs';
import { startKafka, type KafkaOptions, type RunningKafka } from './kafka.js';
import { freePort } from './ports.js';
import { isRunning } from '../processes/process-table.js';
import { Watchdog } from '../processes/watchdog.js';

const SLOW_MS = 180_000;
let folder: string;
let watchdog: Watchdog;
let options: KafkaOptions;
let broker: RunningKafka;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kafka ö (x) [1]$&,k:'));
  watchdog = new Watchdog();
  const files = { dataDir: join(folder, 'data'), logFile: join(folder, 'log'), pidFile: join(folder, 'pid.json') };
  options = { ...files, port: await freePort(), jars: { java: 'java', folder: realpathSync('.cache/kafka') } };
  broker = await startKafka(options, watchdog);
}, SLOW_MS);
afterAll(async () => {
  await watchdog.close();
  rmSync(folder, { recursive: true, force: true });
});

const client = (retries = 5) => new Kafka({ brokers: [broker.broker], logLevel: logLevel.NOTHING, retry: { retries } });

async function publish(topic: string, value: string, retries?: number): Promise<void> {
  const producer = client(retries).producer();
  await producer.connect();
  await producer.send({ topic, messages: [{ value }] }).finally(() => producer.disconnect());
}

async function createTopic(topic: string, configEntries: { name: string; value: string }[] = []): Promise<void> {
  const admin = client().admin();
  await admin.connect();
  await admin
    .createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1, replicationFactor: 1, configEntries }] })
    .finally(() => admin.disconnect());
}

describe('an embedded Kafka', () => {
  it('when a record has 2 MiB and 64 KiB, the largest that a topic allows / accepts it', async () => {
    const size = 2 * 1024 * 1024 + 64 * 1024;
    await createTopic('large', [{ name: 'max.message.bytes', value: String(size) }]);
    await publish('large', 'x'.repeat(size - 200));
    expect((await readTopic([broker.broker], 'large'))[0]?.value).toHaveLength(size - 200);
  });

  it('when a missing topic is used / does not make it', async () => {
    await expect(publish('unheard-of', 'x', 0)).rejects.toThrow('does not host this topic-partition');
  });

  it(
    'when it is killed / is started again, with what was published',
    async () => {
      await createTopic('kept');
      await publish('kept', 'before');
      process.kill(broker.pid, 'SIGKILL');
      await broker.exited;
      broker = await startKafka(options, watchdog);
      await publish('kept', 'after');
      expect((await readTopic([broker.broker], 'kept')).map(({ value }) => value)).toEqual(['before', 'after']);
    },
    SLOW_MS,
  );

  it(
    'when a former run is still at work on the data / stops that, and starts',
    async () => {
      const former = broker.pid;
      broker = await startKafka(options, watchdog);
      expect(isRunning(former)).toBe(false);
    },
    SLOW_MS,
  );

  it('when the port is taken / names it and its setting', async () => {
    const twin = { ...options, dataDir: join(folder, 'twin'), pidFile: join(folder, 'twin.json') };
    await expect(startKafka(twin, watchdog)).rejects.toThrow('Stop what uses it, or set KAFKA_PORT');
  });
});
