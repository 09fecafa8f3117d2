import { afterEach, expect, it } from '@jest/globals';
import { topicOf } from '#app/contracts';
import { ensureTopics } from '#app/messaging';
import { eventually, plainKafka, plainProducer, testServers, uniqueTopicPrefix, withAdmin } from '#app/system/testing';
import { Interrupted } from '../events.errors.js';
import { TopicReader } from './topic-reader.js';

const { brokers } = testServers();
const stop = new AbortController();

afterEach(() => stop.abort());

it('when a topic gets more partitions while it is followed / reads them from their beginning, and goes on in the others', async () => {
  const prefix = uniqueTopicPrefix();
  const kafka = plainKafka(brokers);
  await ensureTopics(kafka, { prefix, partitions: 1, replicationFactor: 1, minInsyncReplicas: 1 });
  const [contacts, companies] = [topicOf('contacts.v1', prefix), topicOf('companies.v1', prefix)];
  const publish = async (topic: string, partition: number, ...values: string[]) => {
    const producer = plainProducer(kafka);
    await producer.connect();
    await producer.send({ topic, acks: -1, messages: values.map((value) => ({ partition, value })) });
    await producer.disconnect();
  };
  await publish(companies, 0, 'before 1', 'before 2');

  const outages: boolean[] = [];
  const onOutage = (isAway: boolean) => void outages.push(isAway);
  const reader = await TopicReader.open({ kafka, topics: [contacts, companies], signal: stop.signal, onOutage, lookMs: 200 });
  const { to } = await reader.all();
  const seen: string[] = [];
  const following = (async () => {
    for await (const { topic, partition, offset, value } of reader.follow(to))
      seen.push(`${topic.slice(prefix.length + 1)} ${partition}@${offset} ${String(value)}`);
  })();
  await publish(companies, 0, 'company');
  await eventually(() => expect(seen).toEqual(['companies.v1 0@2 company']));

  await withAdmin(brokers, async (admin) => {
    await admin.createPartitions({ topicPartitions: [{ topic: contacts, count: 3 }] });
    await eventually(async () => expect(await admin.fetchTopicOffsets(contacts)).toHaveLength(3));
  });
  await publish(contacts, 2, 'added');
  await publish(contacts, 0, 'contact');
  await publish(companies, 0, 'next');
  const expected = ['companies.v1 0@2 company', 'companies.v1 0@3 next', 'contacts.v1 0@0 contact', 'contacts.v1 2@0 added'];
  await eventually(() => expect(seen.toSorted()).toEqual(expected));
  stop.abort();
  await following;
  await reader.close();
  expect(outages.filter((isAway) => !isAway)).toHaveLength(outages.length / 2);
});

it.each([
  ['before it is opened', 'open'],
  ['before it is asked', 'ask'],
])('when a reader is interrupted %s / it reads nothing and says so', async (_when, moment) => {
  const prefix = uniqueTopicPrefix();
  const kafka = plainKafka(brokers);
  await ensureTopics(kafka, { prefix, partitions: 1, replicationFactor: 1, minInsyncReplicas: 1 });
  const interrupt = new AbortController();
  if (moment === 'open') interrupt.abort();
  const reader = await TopicReader.open({ kafka, topics: [topicOf('contacts.v1', prefix)], signal: interrupt.signal });
  interrupt.abort();
  await expect(reader.all()).rejects.toThrow(Interrupted);
  await expect(reader.since(0)).rejects.toThrow(Interrupted);
  await expect(reader.read({ from: [0], to: [1] }).next()).rejects.toThrow(Interrupted);
  await reader.close();
});

it.each([-1, -2, -3, Date.parse('0001-01-01')])('when it is asked for the time %i / that is the beginning', async (timeMs) => {
  const prefix = uniqueTopicPrefix();
  const kafka = plainKafka(brokers);
  await ensureTopics(kafka, { prefix, partitions: 1, replicationFactor: 1, minInsyncReplicas: 1 });
  const topic = topicOf('contacts.v1', prefix);
  const producer = plainProducer(kafka);
  await producer.connect();
  await producer.send({ topic, acks: -1, messages: [{ value: 'a' }] });
  await producer.disconnect();
  const reader = await TopicReader.open({ kafka, topics: [topic], signal: new AbortController().signal });
  try {
    expect(await reader.since(timeMs)).toEqual([0]);
  } finally {
    await reader.close();
  }
});
