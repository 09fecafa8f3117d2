import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { TcpProxy } from '#app/system';
import { eventually, readTopic, testServers, withAdmin } from '#app/system/testing';
import { Partitioners } from 'kafkajs';
import { EVENTS } from '#app/contracts';
import { partitionOf } from '../kafka/kafka-client.js';
import { RecordPublisher } from '../kafka/record-publisher.js';
import { untilLimited } from '../kafka/record-limit.fixtures.js';
import { changeTopicSettings } from '../kafka/topic-settings.js';
import { TopicLog } from '../log/topic-log.js';
import { loginRecord, memberOfGroup, ormOn, PARTITIONS, range, sorted, TestConsumers } from './consumer.fixtures.js';

const LIMIT_MS = 240_000;
/** A consumer that a busy machine has thrown out of its group takes up to a minute to come back and go on. */
const SLOWLY = { timeoutMs: 90_000 };

beforeAll(() => Logger.overrideLogger(false));

/** Tests of one block wait at the same time, each in a world of its own. */
const test = (title: string, run: (world: TestConsumers) => Promise<void>): void =>
  it.concurrent(title, () => TestConsumers.with(run), LIMIT_MS);

/** Contact ids of one partition. */
const idsOf = (partition: number, count: number): number[] =>
  range(10_000)
    .filter((id) => partitionOf(String(id), PARTITIONS) === partition)
    .slice(0, count);

/** Records that can never be applied, of one partition. */
const publishJunk = ({ producer, topic }: TestConsumers, partition: number, count: number) =>
  producer.send({
    topic,
    acks: -1,
    messages: idsOf(partition, count).map((id) => ({ ...loginRecord(id), value: 'not JSON', partition })),
  });

async function setLimit({ kafka }: TestConsumers, topic: string, bytes: number): Promise<void> {
  const settings = { 'max.message.bytes': String(bytes), 'message.timestamp.type': 'CreateTime' };
  await changeTopicSettings(
    kafka,
    Object.entries(settings).map(([name, value]) => ({ topic, name, value })),
  );
  await untilLimited(testServers().brokers, topic, bytes);
}

describe('a consumer in a partial fault', () => {
  test('when it has lost its database and another member has its own / leaves the group, and the other applies its partitions within 30 s', async (world) => {
    const proxy = await TcpProxy.open(Number(new URL(world.database.url).port));
    const cutOff = await ormOn(proxy.through(world.database.url));
    try {
      const lost = world.consume({ em: cutOff.em }, world.noteOn(cutOff));
      await eventually(() => expect(lost.report().joined).toBe(true), SLOWLY);
      const well = world.consume();
      const partitions = () => [lost.report().partitions, well.report().partitions].sort();
      await eventually(() => expect(partitions()).toEqual([1, 2]), SLOWLY);

      await proxy.set('refuse');
      await world.publish(...range(60));
      await eventually(() => expect(sorted(world.taken)).toEqual(range(60)), SLOWLY);
      await eventually(() => expect(lost.report()).toMatchObject({ status: 'degraded', joined: false }), SLOWLY);
      await eventually(() => expect(well.report().partitions).toBe(3), SLOWLY);

      await proxy.set('pass');
      await eventually(() => expect(lost.report()).toMatchObject({ status: 'ok', joined: true }), SLOWLY);
    } finally {
      await world.closeConsumers();
      await cutOff.close(true);
      await proxy.close();
    }
  });

  test('when the topic of dead letters refuses one / stops its own partition with the reason, and the others go on', async (world) => {
    const letters = `${world.topic}.dead-letters`;
    await setLimit(world, letters, 10);
    const consumer = world.consume({ stoppedRetryMs: 500 });
    await publishJunk(world, 0, 1);
    const reason = expect.stringMatching(/dead letters/);
    await eventually(() => expect(consumer.report().stopped).toMatchObject([{ partition: 0, reason }]), SLOWLY);
    const others = [...idsOf(1, 20), ...idsOf(2, 20)];
    await world.publish(...others);
    await eventually(() => expect(sorted(world.taken)).toEqual(sorted(others)), SLOWLY);

    await setLimit(world, letters, 1_000_000);
    await eventually(() => expect(consumer.report()).toMatchObject({ status: 'ok', stopped: [], deadLettered: 1 }), SLOWLY);
  });

  test('when a record of one partition is tried again and again / applies the others at once, and stays in the group', async (world) => {
    let isLocked = true;
    let attempts = 0;
    const [locked, behind] = idsOf(0, 2) as [number, number];
    const note = world.noteOn();
    const consumer = world.consume({ standstillMs: 5_000 }, async (entries, context) => {
      if (isLocked && entries.some((entry) => entry.kind === 'event' && entry.event.data.contact_id === locked)) {
        attempts++;
        throw Object.assign(new Error('lock timeout'), { code: '55P03' });
      }
      await note(entries, context);
    });
    await world.publish(locked, behind);
    await eventually(() => expect(consumer.report().retrying).toBe('Error'), SLOWLY);
    const member = await memberOfGroup(world);
    // The last attempts take longer than a partition may stand still.
    await eventually(() => expect(attempts).toBeGreaterThan(9), SLOWLY);
    for (const id of [...idsOf(1, 3), ...idsOf(2, 3)]) {
      await world.publish(id);
      await eventually(() => expect(world.taken).toContain(id), { timeoutMs: 20_000 });
    }
    expect(consumer.report()).toMatchObject({ status: 'degraded', retrying: 'Error', joined: true, stopped: [] });
    expect(await memberOfGroup(world)).toBe(member);

    isLocked = false;
    await eventually(() => expect(world.taken.slice(6)).toEqual([locked, behind]), SLOWLY);
    await world.publish(...idsOf(0, 3).slice(2));
    await eventually(() => expect(world.taken.slice(8)).toEqual(idsOf(0, 3).slice(2)), SLOWLY);
    await eventually(() => expect(consumer.report()).toMatchObject({ status: 'ok', deadLettered: 0 }), SLOWLY);
  });

  test('when a handler of one partition takes long / applies the others meanwhile, and what follows afterwards', async (world) => {
    const released = Promise.withResolvers<void>();
    const note = world.noteOn();
    world.consume({}, async (entries, context) => {
      if (context.position.partition === 0) await released.promise;
      await note(entries, context);
    });
    const [slow, next] = idsOf(0, 2) as [number, number];
    await world.publish(slow);
    const others = [...idsOf(1, 2), ...idsOf(2, 2)];
    for (const id of others) {
      await world.publish(id);
      await eventually(() => expect(world.taken).toContain(id), { timeoutMs: 20_000 });
    }
    expect(world.taken).toEqual(others);
    released.resolve();
    await world.publish(next);
    await eventually(() => expect(world.taken).toEqual([...others, slow, next]), SLOWLY);
  });

  test('when handlers of many partitions take long / works on six at once, and applies all', async (world) => {
    const partitions = 12;
    const topicPartitions = [{ topic: world.topic, count: partitions }];
    await withAdmin(testServers().brokers, async (admin) => {
      await admin.createPartitions({ topicPartitions });
      // Each leader answers then. Trap: kafkajs drops a record of a partition that the broker does not name yet.
      await eventually(async () => expect(await admin.fetchTopicOffsets(world.topic)).toHaveLength(partitions), SLOWLY);
    });
    const messages = range(partitions).map((id) => ({ ...loginRecord(id), partition: id - 1 }));
    await world.producer.send({ topic: world.topic, acks: -1, messages });
    const note = world.noteOn();
    let [working, most] = [0, 0];
    world.consume({}, async (entries, context) => {
      most = Math.max(most, ++working);
      try {
        await delay(4_000);
        await note(entries, context);
      } finally {
        // A batch whose transaction fails on a busy machine comes again.
        working--;
      }
    });
    await eventually(() => expect(sorted(world.taken)).toEqual(range(partitions)), SLOWLY);
    expect(most).toBe(6);
  });

  test('when partitions give letters to one partition of the dead letters at the same time / each letter is there', async (world) => {
    const each = 200;
    const ofOneKey = range(PARTITIONS * each).map((n) => ({ ...loginRecord(1), partition: n % PARTITIONS }));
    await world.producer.send({ topic: world.topic, acks: -1, messages: ofOneKey });
    const consumer = world.consume({ authenticate: (records) => Promise.resolve(records.map(() => ({ unauthentic: 'junk' }))) });
    await eventually(() => expect(consumer.report().deadLettered).toBe(ofOneKey.length), SLOWLY);

    const letters = await readTopic(testServers().brokers, `${world.topic}.dead-letters`);
    const sources = letters.map(({ headers }) => `${String(headers['dl_partition'])}/${String(headers['dl_offset'])}`);
    expect(new Set(sources).size).toBe(ofOneKey.length);
  });

  test('when letters are together too large for their topic, and one alone is / each is there once, in order, and that one is cut', async (world) => {
    const topic = `${world.topic}.dead-letters`;
    await setLimit(world, topic, 2_000);
    const values = range(50).map((n) => (n === 20 ? 'x'.repeat(3_000) : `junk ${n}`));
    await world.producer.send({
      topic: world.topic,
      acks: -1,
      messages: values.map((value) => ({ key: '1', value, partition: 0 })),
    });
    const consumer = world.consume({ authenticate: (records) => Promise.resolve(records.map(() => ({ unauthentic: 'junk' }))) });
    await eventually(() => expect(consumer.report()).toMatchObject({ deadLettered: 50, stopped: [] }), SLOWLY);

    // The first trials of the limit can be stored, before the broker applies the topic's kind of times.
    const letters = (await readTopic(testServers().brokers, topic)).filter(({ headers }) => headers['dl_offset'] !== undefined);
    expect(letters.map(({ value }) => value)).toEqual(values.map((value) => (value.length < 3_000 ? value : null)));
    expect(letters.filter(({ headers }) => headers['dl_cut']).map(({ headers }) => headers['dl_offset'])).toEqual(['19']);
  });

  test('when it is started again after bad records in a row stopped its partition / it stops at once and writes no further dead letter', async (world) => {
    const first = world.consume();
    await publishJunk(world, 0, 25);
    await eventually(() => expect(first.report()).toMatchObject({ deadLettered: 19, stopped: [{ offset: 19 }] }), SLOWLY);
    await world.closeConsumers();

    const second = world.consume();
    await eventually(() => expect(second.report().stopped).toMatchObject([{ offset: 19 }]), SLOWLY);
    expect(second.report().deadLettered).toBe(0);
  });

  test('when a topic is made again and filled past the stored offset while the consumer is away / is read from its beginning', async (world) => {
    world.consume();
    await world.publish(...range(30));
    await eventually(() => expect(world.taken).toHaveLength(30), SLOWLY);
    await world.closeConsumers();
    world.taken.length = 0;

    await world.deleteTopic();
    await eventually(() => world.makeTopics(), SLOWLY);
    // The broker serves the deleted log until it hears of the new one.
    const places = () => withAdmin(testServers().brokers, (admin) => admin.fetchTopicOffsets(world.topic));
    await eventually(async () => expect((await places()).map(({ high }) => high)).toEqual(Array(PARTITIONS).fill('0')), SLOWLY);
    await world.publish(...range(200, 1_000));
    world.consume();
    await eventually(() => expect(sorted(world.taken)).toEqual(range(200, 1_000)), SLOWLY);
  });

  test('when a transaction of another producer was aborted and markers end the log / applies nothing aborted, and its lag reaches 0', async (world) => {
    const producer = world.kafka.producer({
      transactionalId: world.prefix,
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    const send = async (end: 'commit' | 'abort', ids: number[]) => {
      const transaction = await eventually(() => producer.transaction(), SLOWLY);
      await transaction.send({ topic: world.topic, acks: -1, messages: ids.map(loginRecord) });
      await transaction[end]();
    };
    await send('commit', idsOf(0, 5));
    await send('abort', idsOf(1, 5));
    await producer.disconnect();

    const consumer = world.consume({ standstillMs: 1_500 });
    await eventually(() => expect(sorted(world.taken)).toEqual(idsOf(0, 5)), SLOWLY);
    await eventually(async () => expect(await consumer.lag()).toBe(0), SLOWLY);
    expect(sorted(world.taken)).toEqual(idsOf(0, 5));
    await eventually(() => expect(consumer.report().status).toBe('ok'), SLOWLY);
  });
});

describe('any legal record', () => {
  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd'])
    test(`when its topic is compressed by ${codec} / is applied`, async (world) => {
      await changeTopicSettings(world.kafka, [{ topic: world.topic, name: 'compression.type', value: codec }]);
      await world.publish(...range(300));
      world.consume();
      await eventually(() => expect(sorted(world.taken)).toEqual(range(300)), SLOWLY);
    });

  test('when headers are null or repeated, and key and value are any bytes / the dead letter has them to the byte', async (world) => {
    const known = { ce_type: EVENTS.PortalLoginChanged.type, dl_offset: 'forged' };
    const headers = { none: null as never, twice: ['a', Buffer.from([0, 255])], ...known };
    const [key, value] = [Buffer.from([0, 1, 255]), Buffer.from([123, 0, 200])];
    const publisher = await RecordPublisher.connect(world.kafka);
    await publisher.publish(world.topic, [{ key, value, headers }]);
    await publisher.close();
    const consumer = world.consume();
    await eventually(() => expect(consumer.report()).toMatchObject({ deadLettered: 1, stopped: [] }), SLOWLY);

    const log = await TopicLog.open(world.kafka, [`${world.topic}.dead-letters`]);
    const [letter] = (await log.fetchNow(await log.starts())).flatMap(({ records }) => records);
    await log.close();
    expect([letter!.key, letter!.value]).toEqual([key, value]);
    const twice = [Buffer.from('a'), Buffer.from([0, 255])];
    expect(letter!.headers).toMatchObject({ none: null, twice, dl_offset: Buffer.from('0') });
  });
});
