import { beforeEach, describe, expect, it } from '@jest/globals';
import { encodeEvent, EVENT_EXAMPLES, topicOf } from '#app/contracts';
import { ensureTopics } from '#app/messaging';
import { plainKafka, plainProducer, readTopic, testServers, uniqueTopicPrefix, withAdmin } from '#app/system/testing';
import { readEnds, restoreNewest, type LiveTopic } from './live-topic.js';

const { brokers } = testServers();
const KEYS = new Set(['123']);
/** A topic of contacts on which an older version of contact 123 follows its newest. */
async function strayedTopic(): Promise<LiveTopic> {
  const prefix = uniqueTopicPrefix();
  const kafka = plainKafka(brokers);
  await ensureTopics(kafka, { prefix, partitions: 1, replicationFactor: 1, minInsyncReplicas: 1 });
  const topic = topicOf('contacts.v1', prefix);
  const producer = plainProducer(kafka);
  await producer.connect();
  const example = EVENT_EXAMPLES.ContactUpdated;
  const messages = [1, 3, 2].map((version) => encodeEvent({ ...example, data: { ...example.data, contact_id: 123, version } }));
  await producer.send({ topic, acks: -1, messages });
  await producer.disconnect();
  return { kafka, topic, signal: new AbortController().signal, judge: () => undefined, partitions: undefined };
}

describe('a contact whose newest version is not its last record', () => {
  let live: LiveTopic;
  beforeEach(async () => void (live = await strayedTopic()));

  it('when the topic holds the newest version / sends it once more', async () => {
    expect(await restoreNewest(live, KEYS)).toBe(1);
    const records = await readTopic(brokers, live.topic);
    expect(records.map(({ headers }) => Number(headers['ce_sequence']))).toEqual([1, 3, 2, 3]);
  });

  it('when the topic has lost the newest version meanwhile / sends nothing, and ends', async () => {
    const before = await readEnds(live, KEYS);
    const ends = await withAdmin(brokers, async (admin) => {
      // kafkajs deletes records only of a topic that it has asked for.
      await admin.fetchTopicOffsets(live.topic);
      await admin.deleteTopicRecords({ topic: live.topic, partitions: [{ partition: 0, offset: '2' }] });
      return admin.fetchTopicOffsets(live.topic);
    });
    expect(ends).toMatchObject([{ low: '2', high: '3' }]);
    expect(await restoreNewest(live, KEYS, before)).toBe(0);
    // Without an end it would read the topic for ever.
  });
});
