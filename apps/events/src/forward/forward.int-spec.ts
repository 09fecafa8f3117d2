import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { encodeEvent, EVENT_EXAMPLES, topicOf } from '#app/contracts';
import { ensureTopics } from '#app/messaging';
import { eventually, plainKafka, plainProducer, testServers, uniqueTopicPrefix } from '#app/system/testing';
import { EventsEnv } from '../env.js';
import type { Tool } from '../tool.js';
import { forward, type ForwardOptions } from './forward.js';

const { brokers } = testServers();

let prefix: string;
let topic: string;
let receiver: Server;
let folder: string;
/** The ids of the events that the receiver has got. */
let got: unknown[];

beforeAll(async () => {
  prefix = uniqueTopicPrefix();
  topic = topicOf('contacts.v1', prefix);
  const kafka = plainKafka(brokers);
  await ensureTopics(kafka, { prefix, partitions: 2, replicationFactor: 1, minInsyncReplicas: 1 });
  const producer = plainProducer(kafka);
  await producer.connect();
  const messages = [0, 1].map((partition) => ({
    ...encodeEvent({ ...EVENT_EXAMPLES.ContactUpdated, id: `p${partition}` }),
    partition,
  }));
  await producer.send({ topic, acks: -1, messages });
  await producer.disconnect();
  receiver = createServer((request, response) => {
    got.push(request.headers['ce-id']);
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
});
afterAll(() => void receiver.close());
beforeEach(() => {
  got = [];
  folder = mkdtempSync(join(tmpdir(), 'forward-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function start(options: Partial<ForwardOptions>) {
  const stop = new AbortController();
  const env = new EventsEnv({ KAFKA_BROKERS: brokers.join(','), TOPIC_PREFIX: prefix });
  const output = { write: () => undefined };
  const tool = { env, signal: stop.signal, stdout: output, stderr: output } as unknown as Tool;
  const to = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  return { ended: forward({ to, topic: ['contacts'], timeout: 10, ...options }, tool), stop: () => stop.abort() };
}

it('when its topic has a partition that the place lacks / sends the events of that partition from its beginning', async () => {
  const place = join(folder, 'place.json');
  writeFileSync(place, JSON.stringify({ [topic]: { 0: 1 } }));
  const { ended, stop } = start({ place });
  try {
    await eventually(() => expect(got).toEqual(['p1']));
  } finally {
    stop();
    await ended;
  }
});

it('when its place cannot be kept / says so before it sends anything', async () => {
  const place = join(folder, 'no-such-folder', 'place.json');
  await expect(start({ place, untilNow: true }).ended).rejects.toThrow('ENOENT');
  expect(got).toEqual([]);
});

it('when its place holds other topics too / leaves them in it', async () => {
  const place = join(folder, 'place.json');
  const others = { [topicOf('companies.v1', prefix)]: { 0: 7 } };
  writeFileSync(place, JSON.stringify(others));
  await start({ place, untilNow: true }).ended;
  expect(JSON.parse(readFileSync(place, 'utf8'))).toEqual({ ...others, [topic]: { 0: 1, 1: 1 } });
});
