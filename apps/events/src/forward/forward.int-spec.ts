import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { encodeEvent, EVENT_EXAMPLES, topicOf } from '#app/contracts';
import { ensureTopics } from '#app/messaging';
import { eventually, plainKafka, plainProducer, testServers, uniqueTopicPrefix } from '#app/system/testing';
import { EventsEnv } from '../env.js';
import type { Tool } from '../tool.js';
import { forward } from './forward.js';

const { brokers } = testServers();
const folder = mkdtempSync(join(tmpdir(), 'forward-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('when its topic has a partition that the place lacks / sends the events of that partition from its beginning', async () => {
  const prefix = uniqueTopicPrefix();
  const kafka = plainKafka(brokers);
  await ensureTopics(kafka, { prefix, partitions: 2, replicationFactor: 1, minInsyncReplicas: 1 });
  const topic = topicOf('contacts.v1', prefix);
  const producer = plainProducer(kafka);
  await producer.connect();
  const messages = [0, 1].map((partition) => ({
    ...encodeEvent({ ...EVENT_EXAMPLES.ContactUpdated, id: `p${partition}` }),
    partition,
  }));
  await producer.send({ topic, acks: -1, messages });
  await producer.disconnect();

  const got: unknown[] = [];
  const server = createServer((request, response) => {
    got.push(request.headers['ce-id']);
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const place = join(folder, 'place.json');
  writeFileSync(place, JSON.stringify({ [topic]: { 0: 1 } }));
  const stop = new AbortController();
  const env = new EventsEnv({ KAFKA_BROKERS: brokers.join(','), TOPIC_PREFIX: prefix });
  const output = { write: () => undefined };
  const tool = { env, signal: stop.signal, stdout: output, stderr: output } as unknown as Tool;
  const to = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const forwarding = forward({ to, topic: ['contacts'], place, timeout: 10 }, tool);
  try {
    await eventually(() => expect(got).toEqual(['p1']));
  } finally {
    stop.abort();
    await forwarding;
    server.close();
  }
});
