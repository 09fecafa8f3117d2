import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { TcpProxy } from '#app/system';
import { eventually, freePort, testServers, uniqueTopicPrefix } from '#app/system/testing';
import kafkajs, { type Admin } from 'kafkajs';
import { createKafka } from './kafka-client.js';
import { changeTopicSettings } from './topic-settings.js';
import { ensureTopics, TopicMismatch } from './topics.js';

const kafka = createKafka({ brokers: testServers().brokers, clientId: 'spec' }, new Logger('Kafka'));
let admin: Admin;
let prefix: string;

beforeAll(async () => {
  admin = kafka.admin();
  await admin.connect();
});
afterAll(async () => {
  await admin.disconnect();
});
afterEach(() => void jest.restoreAllMocks());
beforeEach(async () => {
  prefix = uniqueTopicPrefix();
  await ensure();
});

const ensure = (partitions = 2) => ensureTopics(kafka, { prefix, partitions, replicationFactor: 1, minInsyncReplicas: 1 });
const contacts = () => `${prefix}.contacts.v1`;

/** Resolves when the broker has applied it, which is a moment after its answer. */
async function set(name: string, value: string): Promise<void> {
  await changeTopicSettings(kafka, [{ topic: contacts(), name, value }]);
  await untilSet({ [name]: value });
}

async function settings(): Promise<Map<string, string>> {
  const asked = { includeSynonyms: false, resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: contacts() }] };
  // A connection that the client has lost meanwhile fails it once.
  const { resources } = await eventually(() => admin.describeConfigs(asked));
  return new Map(resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]));
}

const untilSet = (expected: Record<string, string>) =>
  eventually(async () => expect(Object.fromEntries(await settings())).toMatchObject(expected));

interface Connection {
  send(protocol: { request: { apiName: string } }): Promise<unknown>;
}

const require = createRequire(import.meta.url);
const errors = require('kafkajs/src/errors') as Record<string, new (text: string, options?: object) => Error>;

/** The broker does what it is asked, and its next answer to each of these kinds does not come. @returns the kinds still to come */
function answerLate(error: Error, ...kinds: string[]): Set<string> {
  const { prototype } = require('kafkajs/src/network/connection') as { prototype: Connection };
  const late = new Set(kinds);
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its `this` below
  const send = prototype.send;
  jest.spyOn(prototype, 'send').mockImplementation(async function (this: Connection, protocol) {
    const answer = await send.call(this, protocol);
    if (late.delete(protocol.request.apiName)) throw error;
    return answer;
  });
  return late;
}

describe('the set-up of topics', () => {
  it.each([
    ['answers late', new errors['KafkaJSRequestTimeoutError']!('Request timed out')],
    ['closes the connection', new errors['KafkaJSConnectionClosedError']!('Closed connection', {})],
    ['is connected again', new Error('Broker not connected')],
  ])('when the broker %s / asks again, and makes each topic once', async (_, error) => {
    prefix = uniqueTopicPrefix();
    const late = answerLate(error, 'CreateTopics', 'DescribeConfigs');
    expect((await ensure()).made).toContain(contacts());
    expect([...late]).toEqual([]);
    expect(await ensure()).toEqual({ made: [], changed: [] });
  });

  it('when the broker cannot be reached / fails, but waits where it is told to until it can', async () => {
    const [broker, port] = [Number(testServers().brokers[0]!.split(':')[1]), await freePort()];
    const starting = createKafka({ brokers: [`127.0.0.1:${port}`], clientId: 'spec' }, new Logger('Kafka'));
    const options = { prefix, partitions: 2, replicationFactor: 1, minInsyncReplicas: 1 };
    await expect(ensureTopics(starting, options)).rejects.toThrow('ECONNREFUSED');
    const waiting = ensureTopics(starting, { ...options, brokerWaitMs: 30_000 });
    await sleep(1_000);
    const proxy = await TcpProxy.open(broker, port);
    try {
      expect(await waiting).toEqual({ made: [], changed: [] });
    } finally {
      await proxy.close();
    }
  });

  it('when topics are made / their records carry the time of the broker', async () => {
    await untilSet({ 'message.timestamp.type': 'LogAppendTime' });
  });

  it('when a topic lacks a setting that a release added / changes that one alone, and reports what it was', async () => {
    await set('message.timestamp.type', 'CreateTime');
    await set('flush.messages', '777');
    const { changed, made } = await ensure();
    expect([made, changed]).toEqual([
      [],
      [{ topic: contacts(), name: 'message.timestamp.type', from: 'CreateTime', to: 'LogAppendTime' }],
    ]);
    await untilSet({ 'message.timestamp.type': 'LogAppendTime', 'flush.messages': '777', 'segment.ms': '86400000' });
    expect(await ensure()).toEqual({ made: [], changed: [] });
  });

  it('when a topic differs in what promises rest on / changes nothing and names the difference', async () => {
    await set('message.timestamp.type', 'CreateTime');
    await set('retention.ms', '1000');
    await expect(ensure()).rejects.toThrow(
      new TopicMismatch(`Topics differ from what is asked for:\n  ${contacts()}: retention.ms is 1000, must be 2592000000`),
    );
    expect((await settings()).get('message.timestamp.type')).toBe('CreateTime');
  });

  it('when the broker makes no topics as asked for / names each topic with the reason and the command that makes it', async () => {
    const options = { prefix: uniqueTopicPrefix(), partitions: 2, replicationFactor: 3, minInsyncReplicas: 2 };
    const error = await ensureTopics(kafka, options).catch((each: unknown) => each as Error);
    expect(error).toBeInstanceOf(TopicMismatch);
    for (const name of ['contacts.v1', 'portal-logins.v1.dead-letters'])
      expect((error as Error).message).toMatch(
        new RegExp(
          `${options.prefix}.${name}: .+ \\(INVALID_REPLICATION_FACTOR\\)\n +kafka-topics.sh .*--topic ${options.prefix}.${name} `,
        ),
      );
  });

  it('when a record would need more replicas in step than it has / makes none, and checks existing topics as they are', async () => {
    const missingTopics = { prefix: uniqueTopicPrefix(), partitions: 2, replicationFactor: 1, minInsyncReplicas: 2 };
    await expect(ensureTopics(kafka, missingTopics)).rejects.toThrow(
      new TopicMismatch('Topics with 1 replica cannot have 2 in step (min.insync.replicas): they would take no record.'),
    );
    expect(await admin.listTopics()).not.toContain(`${missingTopics.prefix}.contacts.v1`);
    await expect(ensureTopics(kafka, { ...missingTopics, prefix })).rejects.toThrow('min.insync.replicas is 1, must be 2');
  });

  it('when a topic has another number of partitions / names both numbers', async () => {
    await expect(ensure(3)).rejects.toThrow(/contacts\.v1: has 2 partitions, must have 3/);
  });

  it('when the broker refuses a change / answers with its reason for that topic', async () => {
    const [answer] = await changeTopicSettings(kafka, [{ topic: contacts(), name: 'retention.ms', value: 'for ever' }]);
    expect(answer).toMatchObject({ topic: contacts(), error: { message: expect.stringMatching(/retention\.ms/) } });
  });
});
