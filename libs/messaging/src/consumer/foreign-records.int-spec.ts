import { hash } from 'node:crypto';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { eventually, seededRandom } from '#app/system/testing';
import { CompressionTypes } from 'kafkajs';
import { partitionOf } from '../kafka/kafka-client.js';
import { PartitionProducer } from '../kafka/partition-producer.js';
import type { ProducedRecord } from '../kafka/record-batch.js';
import { TopicLog, type LogRecord } from '../log/topic-log.js';
import { PARTITIONS, range, sorted, TestConsumers } from './consumer.fixtures.js';

const SLOWLY = { timeoutMs: 90_000 };
const MiB = 1024 * 1024;
const random = seededRandom(import.meta.filename);

beforeAll(() => Logger.overrideLogger(false));

const test = (title: string, run: (world: TestConsumers) => Promise<void>): void =>
  it(title, () => TestConsumers.with(run), 120_000);

/** Contact ids of the first partition. */
const [first, second] = range(100).filter((id) => partitionOf(String(id), PARTITIONS) === 0) as [number, number];

describe('a foreign record', () => {
  /** Consumes as an app that knows its own records by their type. */
  const consumeOwn = (world: TestConsumers) =>
    world.consume({
      authenticate: (records) =>
        Promise.resolve(records.map(({ headers }) => (headers?.['ce_type'] ? 'genuine' : { unauthentic: 'foreign' }))),
    });
  const lettersOf = async ({ prefix, kafka }: TestConsumers): Promise<LogRecord[]> => {
    const log = await TopicLog.open(kafka, [`${prefix}.portal-logins.v1.dead-letters`]);
    try {
      const [position, ends] = [await log.starts(), await log.ends()];
      const found: LogRecord[] = [];
      while (position.some((offset, partitionIndex) => offset < ends[partitionIndex]!))
        for (const { partitionIndex, records, next } of await log.fetchNow(position)) {
          found.push(...records);
          position[partitionIndex] = next;
        }
      return found;
    } finally {
      await log.close();
    }
  };
  const textOf = (value: unknown): string | undefined => (value as Buffer | undefined)?.toString();
  // Jest compares bytes one by one.
  const digestOf = (bytes: Buffer | null): string | null => bytes && hash('sha256', bytes);

  const bytes = Buffer.from(range(1.5 * MiB).map(() => random.below(256)));
  // Gzip does not see that the halves are equal: they are too far apart.
  const twice = Buffer.concat([bytes, bytes]);
  const [gzip, zstd] = [CompressionTypes.GZIP, CompressionTypes.ZSTD];
  const long = Buffer.alloc(3 * MiB, 'x');
  for (const [what, compression, record, expected] of [
    ['a value', gzip, { key: '1', value: long }, { key: Buffer.from('1'), value: long, cut: undefined }],
    [
      'a value that gzip makes no smaller',
      zstd,
      { key: '1', value: twice },
      { key: Buffer.from('1'), value: null, cut: 'value' },
    ],
    ['a key that gzip makes no smaller', zstd, { key: twice, value: '' }, { key: null, value: null, cut: 'key, headers, value' }],
  ] as const)
    test(`when ${what} is longer than the dead letters take / a letter has what fits, and the next record is applied`, async (world) => {
      const consumer = consumeOwn(world);
      await world.producer.send({ topic: world.topic, acks: -1, compression, messages: [{ ...record, partition: 0 }] });
      await world.publish(first);
      await eventually(() => expect(world.taken).toEqual([first]), SLOWLY);
      expect(consumer.report()).toMatchObject({ deadLettered: 1, unauthentic: 1, stopped: [] });
      const [{ key, value, headers = {} }] = (await lettersOf(world)) as [LogRecord];
      expect([textOf(headers['dl_cut']), textOf(headers['dl_reason'])]).toEqual([expected.cut, 'unauthentic: foreign']);
      expect([key, value].map(digestOf)).toEqual([expected.key, expected.value].map(digestOf));
    });

  test('when there is a flood of them / their letters are written in order by few sends, and the next record is applied', async (world) => {
    const count = 5_000;
    const flood = range(count).map((n) => ({ key: `${n % 50}`, value: `junk ${n}`, headers: {} }));
    const producer = await PartitionProducer.connect(world.kafka);
    const [leader] = (await producer.leadersOf(world.topic)) as [number];
    await producer.send(leader, [{ topic: world.topic, partition: 0, records: flood }]);
    await producer.close();
    await world.publish(first);
    const sends = jest.spyOn(PartitionProducer.prototype, 'send');
    const consumer = consumeOwn(world);
    await eventually(() => expect(world.taken).toEqual([first]), SLOWLY);
    const sent = sends.mock.calls.length;
    sends.mockRestore();

    expect(consumer.report()).toMatchObject({ deadLettered: count, unauthentic: count, stopped: [] });
    // Each batch of 500 goes to the partitions of the dead letters side by side.
    expect(sent).toBeLessThanOrEqual((count / 500 + 10) * PARTITIONS);
    const letters = await lettersOf(world);
    const offsets = letters.map(({ headers = {} }) => Number(textOf(headers['dl_offset'])));
    expect(sorted(offsets)).toEqual(range(count, 0));
    for (const ofPartition of Map.groupBy(letters, ({ partitionIndex }) => partitionIndex).values()) {
      const own = ofPartition.map(({ headers = {} }) => Number(textOf(headers['dl_offset'])));
      expect(own).toEqual(sorted(own));
    }
  });

  test('when one has 20,000 headers and a batch has 150,000 records / those behind them are applied', async (world) => {
    const headers = Object.fromEntries(range(20_000).map((n) => [`h${n}`, 'x']));
    const many = range(150_000).map((n) => ({ key: `${n}`, value: null, headers: {} }));
    // kafkajs's own producer would need minutes for them.
    const producer = await PartitionProducer.connect(world.kafka);
    const [leader] = (await producer.leadersOf(world.topic)) as [number];
    const send = async (records: ProducedRecord[]) => {
      const answers = await producer.send(leader, [{ topic: world.topic, partition: 0, records, mostPlainBytes: MiB }]);
      expect(answers).toMatchObject([{ errorCode: 0 }]);
    };
    await send([{ key: '1', value: 'v', headers }]);
    await world.publish(first);
    await send(many);
    await world.publish(second);
    await producer.close();
    const consumer = world.consume({
      authenticate: (records) =>
        Promise.resolve(
          records.map(({ headers: { h1, ce_type } = {} }) => (h1 ? { unauthentic: 'foreign' } : ce_type ? 'genuine' : 'skipped')),
        ),
    });
    await eventually(() => expect(world.taken).toEqual([first, second]), SLOWLY);
    expect(consumer.report()).toMatchObject({ skipped: 150_000, unauthentic: 1, stopped: [] });
    const kept = (await lettersOf(world))[0]!.headers!;
    expect(Object.keys(headers).filter((name) => !Object.hasOwn(kept, name))).toEqual([]);
  });

  test('when a batch holds too much once decompressed / one dead letter stands for it, and the next record is applied', async (world) => {
    const value = Buffer.alloc(17 * MiB);
    await world.producer.send({ topic: world.topic, acks: -1, compression: zstd, messages: [{ key: '1', value, partition: 0 }] });
    await world.publish(first);
    const consumer = consumeOwn(world);
    await eventually(() => expect(world.taken).toEqual([first]), SLOWLY);
    expect(consumer.report()).toMatchObject({ deadLettered: 1, stopped: [] });
    expect(textOf((await lettersOf(world))[0]!.headers!['dl_cut'])).toBe('the whole batch: ERR_BUFFER_TOO_LARGE');
  });
});
