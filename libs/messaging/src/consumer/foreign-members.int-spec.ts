import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { eventually, plainKafka, testServers } from '#app/system/testing';
import { PartitionAssigners, type Consumer, type PartitionAssigner } from 'kafkajs';
import { TestConsumers } from './consumer.fixtures.js';

const LIMIT_MS = 120_000;
const SLOWLY = { timeoutMs: 45_000 };

beforeAll(() => Logger.overrideLogger(false));

/** Tests of one block wait at the same time, each in a world of its own. */
const test = (title: string, run: (world: TestConsumers) => Promise<void>): void =>
  it.concurrent(title, () => TestConsumers.with(run), LIMIT_MS);

/** Another program in the group of the world's consumers. */
async function joinedProgram({ groupId, topic }: TestConsumers, assigner: PartitionAssigner): Promise<Consumer> {
  const program = plainKafka(testServers().brokers, 'mailing-list').consumer({ groupId, partitionAssigners: [assigner] });
  const joined = Promise.withResolvers<void>();
  program.on(program.events.GROUP_JOIN, () => joined.resolve());
  await program.subscribe({ topics: [topic] });
  await program.run({ eachMessage: () => Promise.resolve() });
  await joined.promise;
  return program;
}

const bytes = (...values: number[]): Buffer => Buffer.from(values);
const int32 = (value: number): Buffer => bytes(value >> 24, value >> 16, value >> 8, value);
/** Less than 127 bytes, so that its length is one. */
const compactText = (text: string): Buffer => Buffer.concat([bytes(text.length + 1), Buffer.from(text)]);

/**
 * Sends what a member of the protocol "consumer" (KIP-848) sends: ConsumerGroupHeartbeat, version 1. kafkajs does not know it.
 * @param epoch 0 joins, -1 leaves
 * @returns the error code of the answer
 */
async function heartbeat({ groupId, topic }: TestConsumers, memberId: string, epoch: 0 | -1): Promise<number> {
  const header = [bytes(0, 68, 0, 1), int32(1), bytes(0, 4), Buffer.from('spec'), bytes(0)];
  const [instanceId, rackId, pattern, assignor, tags] = [bytes(0), bytes(0), bytes(0), bytes(0), bytes(0)];
  const topics = Buffer.concat([bytes(2), compactText(topic)]);
  const member = [compactText(groupId), compactText(memberId), int32(epoch), instanceId, rackId, int32(60_000)];
  const request = Buffer.concat([...header, ...member, topics, pattern, assignor, bytes(1), tags]);
  const [host, port] = testServers().brokers[0]!.split(':');
  const socket = connect(Number(port), host);
  try {
    socket.write(Buffer.concat([int32(request.length), request]));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    // Behind the length, the correlation id, the tags of the header and the throttle time.
    return answer.readInt16BE(4 + 4 + 1 + 4);
  } finally {
    socket.destroy();
  }
}

const { roundRobin } = PartitionAssigners;
/** As of a program that is written in another language. */
const range: PartitionAssigner = (config) => {
  const assigner = roundRobin(config);
  return { ...assigner, name: 'range', protocol: (subscription) => ({ ...assigner.protocol(subscription), name: 'range' }) };
};

describe('a consumer', () => {
  test('when another program reads its topic in its group / reports it, and is ok once it is gone', async (world) => {
    const consumer = world.consume();
    await eventually(() => expect(consumer.report()).toMatchObject({ status: 'ok', joined: true, sharedWith: [] }), SLOWLY);
    const program = await joinedProgram(world, roundRobin);
    try {
      await eventually(
        () =>
          expect(consumer.report()).toMatchObject({
            status: 'degraded',
            sharedWith: [{ client: 'mailing-list', topics: [world.topic] }],
          }),
        SLOWLY,
      );
    } finally {
      await program.disconnect();
    }
    await eventually(() => expect(consumer.report()).toMatchObject({ status: 'ok', joined: true, sharedWith: [] }), SLOWLY);
  });

  test('when a program joins its group by the newer protocol / reports it, and is ok once it is gone', async (world) => {
    const consumer = world.consume();
    await eventually(() => expect(consumer.report()).toMatchObject({ status: 'ok', joined: true, sharedWith: [] }), SLOWLY);
    const memberId = randomUUID();
    expect(await heartbeat(world, memberId, 0)).toBe(0);
    await eventually(
      () =>
        expect(consumer.report()).toMatchObject({
          status: 'degraded',
          sharedWith: [{ client: expect.stringContaining('group.protocol=consumer'), topics: [] }],
        }),
      SLOWLY,
    );
    expect(await heartbeat(world, memberId, -1)).toBe(0);
    await eventually(() => expect(consumer.report()).toMatchObject({ status: 'ok', joined: true, sharedWith: [] }), SLOWLY);
  });

  test('when a program that divides partitions otherwise keeps it out of its group / reports it, and joins once it is gone', async (world) => {
    const program = await joinedProgram(world, range);
    const consumer = world.consume();
    try {
      await eventually(
        () =>
          expect(consumer.report()).toMatchObject({
            status: 'degraded',
            joined: false,
            sharedWith: [{ client: 'mailing-list', topics: [world.topic] }],
          }),
        SLOWLY,
      );
    } finally {
      await program.disconnect();
    }
    await eventually(() => expect(consumer.report()).toMatchObject({ status: 'ok', joined: true, sharedWith: [] }), SLOWLY);
  });
});
