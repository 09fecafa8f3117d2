import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { Logger } from '@nestjs/common';
import { TcpProxy } from '#app/system';
import { eventually } from '#app/system/testing';
import { Partitioners } from 'kafkajs';
import { EVENTS } from '#app/contracts';
import { partitionOf } from '../kafka/kafka-client.js';
import { RecordPublisher } from '../kafka/record-publisher.js';
import { changeTopicSettings } from '../kafka/topic-settings.js';
import { TopicLog } from '../log/topic-log.js';
import { loginRecord, ormOn, TestConsumers } from './consumer.fixtures.js';

const PARTITIONS = 3;
let world: TestConsumers;

beforeAll(async () => {
  Logger.overrideLogger(false);
  world = await TestConsumers.start();
});
beforeEach(() => world.makeTopics(PARTITIONS));
afterEach(() => world.closeConsumers());
afterAll(() => world.stop());

const range = (count: number, from = 1): number[] => Array.from({ length: count }, (_, index) => index + from);
const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
/** Contact ids of one partition. */
const idsOf = (partition: number, count: number): number[] =>
  range(10_000)
    .filter((id) => partitionOf(String(id), PARTITIONS) === partition)
    .slice(0, count);

/** Records that can never be applied, of one partition. */
const publishJunk = (partition: number, count: number) =>
  world.producer.send({
    topic: world.topic,
    acks: -1,
    messages: idsOf(partition, count).map((id) => ({ ...loginRecord(id), value: 'not JSON', partition })),
  });

async function withAdmin<T>(work: (admin: ReturnType<TestConsumers['kafka']['admin']>) => Promise<T>): Promise<T> {
  const admin = world.kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

describe('a member that has lost its database', () => {
  let proxy: TcpProxy;
  let cutOff: MikroORM;

  beforeEach(async () => {
    proxy = await TcpProxy.open(Number(new URL(world.database.url).port));
    cutOff = await ormOn(proxy.through(world.database.url));
  });
  afterEach(async () => {
    await world.closeConsumers();
    await cutOff.close(true);
    await proxy.close();
  });

  it('when another member has its own / leaves the group, and the other applies its partitions within 30 s', async () => {
    const lost = world.consume({ em: cutOff.em }, world.noteOn(cutOff));
    await eventually(() => expect(lost.report().joined).toBe(true), { timeoutMs: 20_000 });
    const well = world.consume();
    await eventually(() => expect([lost.report().partitions, well.report().partitions].sort()).toEqual([1, 2]), {
      timeoutMs: 20_000,
    });

    await proxy.set('refuse');
    await world.publish(...range(60));
    await eventually(() => expect(sorted(world.taken)).toEqual(range(60)), { timeoutMs: 30_000 });
    expect(lost.report()).toMatchObject({ status: 'degraded', joined: false });
    expect(well.report().partitions).toBe(3);

    await proxy.set('pass');
    await eventually(() => expect(lost.report()).toMatchObject({ status: 'ok', joined: true }), { timeoutMs: 20_000 });
  }, 90_000);
});

describe('a dead letter that cannot be written', () => {
  it('when its topic refuses it / stops its own partition with the reason, and the others go on', async () => {
    const letters = `${world.prefix}.portal-logins.v1.dead-letters`;
    await changeTopicSettings(world.kafka, [{ topic: letters, name: 'max.message.bytes', value: '10' }]);
    const consumer = world.consume({ stoppedRetryMs: 500 });
    await publishJunk(0, 1);
    await eventually(
      () => expect(consumer.report().stopped).toMatchObject([{ partition: 0, reason: expect.stringMatching(/dead letters/) }]),
      {
        timeoutMs: 20_000,
      },
    );
    const others = [...idsOf(1, 20), ...idsOf(2, 20)];
    await world.publish(...others);
    await eventually(() => expect(sorted(world.taken)).toEqual(sorted(others)));

    await changeTopicSettings(world.kafka, [{ topic: letters, name: 'max.message.bytes', value: '1000000' }]);
    await eventually(() => expect(consumer.report()).toMatchObject({ status: 'ok', stopped: [], deadLettered: 1 }));
  }, 60_000);
});

describe('bad records in a row', () => {
  it('when the consumer is started again after they stopped its partition / it stops at once and writes no further dead letter', async () => {
    const first = world.consume();
    await publishJunk(0, 25);
    await eventually(() => expect(first.report()).toMatchObject({ deadLettered: 19, stopped: [{ offset: 19 }] }), {
      timeoutMs: 20_000,
    });
    await world.closeConsumers();

    const second = world.consume();
    await eventually(() => expect(second.report().stopped).toMatchObject([{ offset: 19 }]), { timeoutMs: 20_000 });
    expect(second.report().deadLettered).toBe(0);
  }, 60_000);
});

describe('a topic that was made again', () => {
  it('when it is filled past the stored offset while the consumer is away / is read from its beginning', async () => {
    world.consume();
    await world.publish(...range(30));
    await eventually(() => expect(world.taken).toHaveLength(30), { timeoutMs: 20_000 });
    await world.closeConsumers();
    world.taken.length = 0;

    await withAdmin((admin) => admin.deleteTopics({ topics: [world.topic] }));
    await eventually(() => world.remakeTopics(PARTITIONS), { timeoutMs: 20_000 });
    await world.publish(...range(200, 1_000));
    world.consume();
    await eventually(() => expect(sorted(world.taken)).toEqual(range(200, 1_000)), { timeoutMs: 20_000 });
  }, 90_000);
});

describe('a topic with transactions of another producer', () => {
  it('when one was aborted and markers end the log / nothing aborted is applied, and the lag reaches 0', async () => {
    const producer = world.kafka.producer({
      transactionalId: world.prefix,
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    const send = async (end: 'commit' | 'abort', ids: number[]) => {
      const transaction = await eventually(() => producer.transaction(), { timeoutMs: 20_000 });
      await transaction.send({ topic: world.topic, acks: -1, messages: ids.map(loginRecord) });
      await transaction[end]();
    };
    await send('commit', idsOf(0, 5));
    await send('abort', idsOf(1, 5));
    await producer.disconnect();

    const consumer = world.consume();
    await eventually(() => expect(sorted(world.taken)).toEqual(idsOf(0, 5)), { timeoutMs: 20_000 });
    await eventually(async () => expect(await consumer.lag()).toBe(0), { timeoutMs: 40_000 });
    expect(sorted(world.taken)).toEqual(idsOf(0, 5));
    expect(consumer.report().status).toBe('ok');
  }, 90_000);
});

describe('any legal record', () => {
  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('when its topic is compressed by %s / is applied', async (codec) => {
    await changeTopicSettings(world.kafka, [{ topic: world.topic, name: 'compression.type', value: codec }]);
    await world.publish(...range(300));
    world.consume();
    await eventually(() => expect(sorted(world.taken)).toEqual(range(300)), { timeoutMs: 20_000 });
  });

  it('when headers are null or repeated, and key and value are any bytes / the dead letter has them to the byte', async () => {
    const headers = { none: null as never, twice: ['a', Buffer.from([0, 255])], ce_type: EVENTS.PortalLoginChanged.type };
    const [key, value] = [Buffer.from([0, 1, 255]), Buffer.from([123, 0, 200])];
    const publisher = await RecordPublisher.connect(world.kafka);
    await publisher.publish(world.topic, [{ key, value, headers }]);
    await publisher.close();
    const consumer = world.consume();
    await eventually(() => expect(consumer.report()).toMatchObject({ deadLettered: 1, stopped: [] }), { timeoutMs: 20_000 });

    const log = await TopicLog.open(world.kafka, [`${world.topic}.dead-letters`]);
    const [letter] = (await log.fetchNow(await log.starts())).flatMap(({ records }) => records);
    await log.close();
    expect([letter!.key, letter!.value]).toEqual([key, value]);
    expect(letter!.headers).toMatchObject({ none: null, twice: [Buffer.from('a'), Buffer.from([0, 255])] });
  }, 60_000);
});
