import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel, type Message } from 'kafkajs';
import { testServers } from '../env.js';
import { readTopic } from './read-topic.js';
import { uniqueTopicPrefix } from '../topic-prefix.js';

const { brokers } = testServers();
const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
const admin = kafka.admin();
const producer = kafka.producer();

beforeAll(() => Promise.all([admin.connect(), producer.connect()]));
afterAll(() => Promise.all([admin.disconnect(), producer.disconnect()]));

async function topicWith(...messages: Message[]): Promise<string> {
  const topic = uniqueTopicPrefix();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 3, replicationFactor: 1 }] });
  for (const message of messages) await producer.send({ topic, messages: [message] });
  return topic;
}

describe('readTopic', () => {
  it('without a condition / reads all records, their headers and tombstones', async () => {
    const topic = await topicWith({ key: 'a', value: 'one', headers: { ce_id: 'é1' } }, { key: 'a', value: null });
    const records = await readTopic(brokers, topic);
    expect(records).toMatchObject([
      { key: 'a', value: 'one', headers: { ce_id: 'é1' }, offset: 0 },
      { key: 'a', value: null, headers: {}, offset: 1 },
    ]);
  });

  it('when the topic is empty / returns nothing at once', async () => {
    expect(await readTopic(brokers, await topicWith())).toEqual([]);
  });

  it('with a key / returns the records of this key alone, in their order', async () => {
    const values = Array.from({ length: 20 }, (_, index) => ({ key: index % 2 ? 'odd' : 'even', value: String(index) }));
    const records = await readTopic(brokers, await topicWith(...values), { key: 'odd', count: 10 });
    expect(records.map(({ value }) => Number(value))).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
  });

  it('when a record is not there yet / waits for it', async () => {
    const topic = await topicWith({ key: 'a', value: 'one' });
    const reading = readTopic(brokers, topic, { until: (records) => records.some(({ value }) => value === 'two') });
    await producer.send({ topic, messages: [{ key: 'a', value: 'two' }] });
    expect((await reading).map(({ value }) => value)).toEqual(['one', 'two']);
  });

  it('when there are too few records / fails and lists those that it read', async () => {
    const topic = await topicWith({ key: 'a', value: 'the only one' });
    await expect(readTopic(brokers, topic, { count: 2, timeoutMs: 3_000 })).rejects.toThrow(
      /Not enough records.*\n.*the only one/,
    );
  });
});
