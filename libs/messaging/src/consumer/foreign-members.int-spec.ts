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
