import { afterEach, expect, it, jest } from '@jest/globals';
import { topicOf } from '#app/contracts';
import { ensureTopics, TopicLog } from '#app/messaging';
import { plainKafka, plainProducer, testServers, uniqueTopicPrefix } from '#app/system/testing';
import { EventsEnv } from '../env.js';
import { TopicReader } from '../reading/topic-reader.js';
import type { Tool } from '../tool.js';
import { readDeadLetter, type DeadLetter } from './dead-letter.js';
import { wholeLetters } from './letter-box.js';

const { brokers } = testServers();
const COUNT = 400;
/** Some fifty letters are a fetch. */
const VALUE = 'x'.repeat(20_000);

afterEach(() => void jest.restoreAllMocks());

it('when letters are far apart / reads few of the records between them', async () => {
  const prefix = uniqueTopicPrefix();
  const kafka = plainKafka(brokers);
  await ensureTopics(kafka, { prefix, partitions: 2, replicationFactor: 1, minInsyncReplicas: 1 });
  const topic = topicOf('portal-logins.v1.dead-letters', prefix);
  const producer = plainProducer(kafka);
  await producer.connect();
  for (let first = 0; first < COUNT; first += 20) {
    const messages = Array.from({ length: 20 }, (_, n) => ({ key: String(first + n), value: VALUE, partition: 1 }));
    await producer.send({ topic, acks: -1, messages });
  }
  await producer.disconnect();
  const { signal } = new AbortController();
  const reader = await TopicReader.open({ kafka, topics: [topic], signal });
  const all: DeadLetter[] = [];
  for await (const record of reader.read(await reader.all())) all.push(readDeadLetter(record));
  await reader.close();
  const letters = [0, COUNT - 1, 1, COUNT - 30, 30].map((index) => all[index]!);

  const env = new EventsEnv({ KAFKA_BROKERS: brokers.join(','), TOPIC_PREFIX: prefix });
  const fetchNow = jest.spyOn(TopicLog.prototype, 'fetchNow');
  const whole = await wholeLetters(letters, { env, signal } as Tool);
  expect(whole.map(({ record }) => record.key?.toString())).toEqual(['0', '399', '1', '370', '30']);
  const fetched = (await Promise.all(fetchNow.mock.results.map(({ value }) => value as ReturnType<TopicLog['fetchNow']>))).flat();
  expect(fetched.flatMap(({ records }) => records).length).toBeLessThan(COUNT / 2);
});
