import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { EVENTS } from '#app/contracts';
import { eventually } from '#app/system/testing';
import { partitionOf } from '../kafka/kafka-client.js';
import { loginRecord, memberOfGroup, PARTITIONS, range, sorted, TestConsumers, type Entries } from './consumer.fixtures.js';
import type { Kafka } from 'kafkajs';
import { KafkaEventStrategy } from './kafka-event.strategy.js';

const LIMIT_MS = 240_000;
/** A consumer that a busy machine has thrown out of its group takes up to a minute to come back and go on. */
const SLOWLY = { timeoutMs: 90_000 };

beforeAll(() => Logger.overrideLogger(false));

/** Tests of one block wait at the same time, each in a world of its own. */
const test = (title: string, run: (world: TestConsumers) => Promise<void> | void): void =>
  it.concurrent(title, () => TestConsumers.with(run), LIMIT_MS);

const has = (entries: Entries, isMeant: (contactId: number) => boolean): boolean =>
  entries.some((entry) => entry.kind === 'event' && isMeant(entry.event.data.contact_id));

const park = ({ orm, topic }: TestConsumers, partition: number, offset: number) =>
  orm.em.execute('insert into parked_record values (?, ?, ?)', [topic, partition, offset]);

/**
 * Makes the consumers of a client report their last join once more, and waits until they have their positions again. kafkajs does so with
 * batches under way where the fetch from one broker makes the member join again: the batches of other brokers go on.
 */
function joinsAgain(kafka: Kafka): () => Promise<void> {
  let reportJoin: () => void;
  let positioned: (() => void) | undefined;
  const newConsumer = kafka.consumer.bind(kafka);
  kafka.consumer = (config) => {
    const consumer = newConsumer(config);
    const on = consumer.on.bind(consumer) as (event: string, listener: (event: unknown) => void) => () => void;
    const seek = consumer.seek.bind(consumer);
    consumer.on = (event: string, listener: (event: never) => void) =>
      on(event, (happened) => {
        if (event === consumer.events.GROUP_JOIN) reportJoin = () => listener(happened as never);
        listener(happened as never);
      });
    consumer.seek = (position) => {
      seek(position);
      if (position.partition === PARTITIONS - 1) positioned?.();
    };
    return consumer;
  };
  return () =>
    new Promise<void>((resolve) => {
      positioned = resolve;
      reportJoin();
    });
}

describe('a consumer', () => {
  test('when it has a backlog / takes it in batches of one partition, at most 500 records each, and every record once', async (world) => {
    await world.publish(...range(3_000));
    const sizes: number[] = [];
    const note = world.noteOn();
    world.consume({}, async (entries, context) => {
      sizes.push(entries.length);
      await note(entries, context);
    });
    await eventually(() => expect(sorted(world.taken)).toEqual(range(3_000)), SLOWLY);
    expect(Math.max(...sizes)).toBe(500);
  });

  test('when records are larger than what a fetch takes of a partition / takes them, and what follows', async (world) => {
    const messages = range(3).map((id) => ({ ...loginRecord(id), value: `${loginRecord(id).value}${' '.repeat(1_900_000)}` }));
    for (const message of messages) await world.producer.send({ topic: world.topic, acks: -1, messages: [message] });
    await world.publish(...range(60));
    world.consume();
    await eventually(() => expect(sorted(world.taken)).toEqual(sorted([...range(3), ...range(60)])), SLOWLY);
  });

  test('when its handler fails every time / tries a few times, then stops only the partition, loses nothing, and continues after the repair', async (world) => {
    let broken = true;
    const note = world.noteOn();
    const consumer = world.consume({ stoppedRetryMs: 200 }, async (entries, context) => {
      // A TypeError ends a kafkajs consumer for good.
      if (broken && has(entries, (id) => id === 1))
        throw new TypeError("Cannot read properties of undefined (reading 'secret@example.com')");
      await note(entries, context);
    });
    await world.publish(...range(60));
    await eventually(() => expect(consumer.report().stopped).toHaveLength(1), SLOWLY);
    await eventually(
      () => expect(consumer.report()).toMatchObject({ status: 'degraded', joined: true, deadLettered: 0 }),
      SLOWLY,
    );
    expect(consumer.report().stopped[0]!.reason).toBe('TypeError');
    const served = world.taken.length;
    await world.publish(...range(60, 101));
    await eventually(() => expect(world.taken.length).toBeGreaterThan(served), SLOWLY);
    expect(world.taken).not.toContain(1);

    broken = false;
    await eventually(() => expect(sorted(world.taken)).toEqual([...range(60), ...range(60, 101)]), SLOWLY);
    await eventually(() => expect(consumer.report()).toMatchObject({ status: 'ok', stopped: [] }), SLOWLY);
  });

  test('when an operator has parked the record that stops a partition / dead-letters it and continues; a parked record that can be applied is applied', async (world) => {
    const note = world.noteOn();
    const consumer = world.consume({ stoppedRetryMs: 200 }, async (entries, context) => {
      if (has(entries, (id) => id === 1)) throw new TypeError();
      await note(entries, context);
    });
    await world.publish(...range(60));
    const { partition, offset } = await eventually(() => {
      expect(consumer.report().stopped).toHaveLength(1);
      return consumer.report().stopped[0]!;
    }, SLOWLY);
    await park(world, partition, offset + 1);
    await park(world, partition, offset);
    await eventually(() => expect(sorted(world.taken)).toEqual(range(60).slice(1)), SLOWLY);
    await eventually(() => expect(consumer.report()).toMatchObject({ status: 'ok', stopped: [], deadLettered: 1 }), SLOWLY);
  });

  test('when an operator has parked a record after too many in a row could not be applied / judges the records after it again', async (world) => {
    const isBad = (id: number): boolean => id <= 25;
    const note = world.noteOn();
    const consumer = world.consume(
      { stoppedRetryMs: 200, judge: (error) => (error instanceof RangeError ? 'permanent' : undefined) },
      async (entries, context) => {
        if (has(entries, isBad)) throw new RangeError();
        await note(entries, context);
      },
    );
    const inOnePartition = range(2_000).filter((id) => partitionOf(String(id), PARTITIONS) === 0);
    const bad = inOnePartition.filter(isBad).length;
    const more = inOnePartition.slice(bad, 30);
    expect(bad).toBeGreaterThan(0);
    await world.publish(...range(25 - bad).flatMap(() => inOnePartition[0]!), ...inOnePartition.slice(0, bad), ...more);
    const { partition, offset } = await eventually(() => {
      const stopped = [{ reason: expect.stringMatching(/^One after another/) }];
      expect(consumer.report()).toMatchObject({ deadLettered: 19, stopped });
      return consumer.report().stopped[0]!;
    }, SLOWLY);
    await park(world, partition, offset);
    await eventually(() => expect(world.taken).toEqual(more), SLOWLY);
    await eventually(() => expect(consumer.report()).toMatchObject({ stopped: [], deadLettered: 25 }), SLOWLY);
  });

  test("when its handler hangs and the handler's time is over / leaves the group, joins again, and repeats the batch", async (world) => {
    let hangs = true;
    let former: string | undefined;
    const note = world.noteOn();
    const consumer = world.consume({ handlerTimeoutMs: 1_000 }, async (entries, context) => {
      if (hangs) {
        hangs = false;
        former = await memberOfGroup(world);
        await new Promise(() => undefined);
      }
      await note(entries, context);
    });
    await world.publish(1);
    await eventually(() => expect(world.taken).toEqual([1]), SLOWLY);
    await eventually(() => expect(consumer.report()).toMatchObject({ status: 'ok', joined: true }), SLOWLY);
    expect(former).toMatch(/./);
    expect(await memberOfGroup(world)).not.toBe(former);
  });

  test('when a fault that passes occurs repeatedly / applies the records in order, and stays in the group', async (world) => {
    let faults = 8;
    const note = world.noteOn();
    const consumer = world.consume({}, async (entries, context) => {
      if (faults-- > 0) throw Object.assign(new Error('the database is starting up'), { code: '57P03' });
      await note(entries, context);
    });
    await world.publish(7);
    await eventually(() => expect(consumer.report()).toMatchObject({ status: 'degraded', retrying: 'Error' }), SLOWLY);
    const member = await memberOfGroup(world);
    await eventually(() => expect(world.taken).toEqual([7]), SLOWLY);
    await eventually(() => expect(consumer.report()).toMatchObject({ status: 'ok', deadLettered: 0 }), SLOWLY);
    expect(member).toMatch(/./);
    expect(await memberOfGroup(world)).toBe(member);
  });

  test('when other members join and leave / every record is applied', async (world) => {
    const stay = world.consume();
    const total = 600;
    for (let round = 0; round < 3; round++) {
      const guest = world.consume();
      await world.publish(...range(total / 3, 1 + (round * total) / 3));
      await eventually(() => expect(guest.report().joined).toBe(true), SLOWLY);
      await world.close(guest);
    }
    await eventually(() => expect(sorted([...new Set(world.taken)])).toEqual(range(total)), SLOWLY);
    await eventually(() => expect(stay.report()).toMatchObject({ status: 'ok', partitions: PARTITIONS }), SLOWLY);
    expect(await stay.lag()).toBe(0);
  });

  test('when it joins again while a batch is under way / reads that again, and does not take the topic for a new one', async (world) => {
    const joinAgain = joinsAgain(world.kafka);
    const note = world.noteOn();
    let isFirst = true;
    world.consume({}, async (entries, context) => {
      if (isFirst) await joinAgain();
      isFirst = false;
      await note(entries, context);
    });
    const ids = range(100).filter((id) => partitionOf(String(id), PARTITIONS) === 0);
    await park(world, 0, 1_000);
    await world.publish(...ids);
    await eventually(() => expect(world.taken).toEqual([...ids, ...ids]), SLOWLY);
    expect(await world.orm.em.execute('select record_offset from parked_record')).toHaveLength(1);
  });

  test('when it is closed while it still asks for the database / ends, and is in no group', async (world) => {
    const closed = world.close(world.consume()).then(() => 'closed');
    expect(await Promise.race([closed, delay(20_000, 'runs on', { ref: false })])).toBe('closed');
    expect(await memberOfGroup(world)).toBeUndefined();
  });

  for (const [loss, statement] of [
    ['goes back', 'update consumer_offset set next_offset = 1'],
    ['is gone', 'delete from consumer_offset'],
  ] as const) {
    const [first, second, third] = range(100).filter((id) => partitionOf(String(id), PARTITIONS) === 0) as [
      number,
      number,
      number,
    ];
    const applyTwo = async (world: TestConsumers, standstillMs: number) => {
      const consumer = world.consume({ standstillMs });
      await world.publish(first, second);
      await eventually(async () => expect(await consumer.lag()).toBe(0), SLOWLY);
      world.taken.length = 0;
      await world.orm.em.execute(statement);
    };
    const lost = loss === 'is gone' ? [first, second] : [second];

    test(`when its stored offset ${loss} while it runs, and a record comes / applies what the database has lost, and the record`, async (world) => {
      await applyTwo(world, LIMIT_MS);
      await world.publish(third);
      await eventually(() => expect(world.taken).toEqual([...lost, third]), SLOWLY);
    });

    test(`when its stored offset ${loss} while it runs, and a record comes that can never be applied / applies what the database has lost`, async (world) => {
      await applyTwo(world, LIMIT_MS);
      await world.producer.send({ topic: world.topic, acks: -1, messages: [{ ...loginRecord(third), value: 'not JSON' }] });
      await eventually(() => expect(world.taken).toEqual(lost), SLOWLY);
    });

    test(`when its stored offset ${loss} while it runs, and no record comes / applies what the database has lost`, async (world) => {
      await applyTwo(world, 1_500);
      await eventually(() => expect(world.taken).toEqual(lost), SLOWLY);
    });
  }

  test('when its topic is made again while it runs / reads the new topic from its beginning', async (world) => {
    const consumer = world.consume();
    await world.publish(...range(30));
    await eventually(() => expect(world.taken).toHaveLength(30), SLOWLY);
    await world.deleteTopic();
    await eventually(() => world.makeTopics(), SLOWLY);
    await eventually(() => world.publish(101, 102, 103), SLOWLY);
    const taken = () => sorted([...new Set(world.taken.slice(30))]);
    await eventually(() => expect(taken()).toEqual([101, 102, 103]), SLOWLY);
    await eventually(async () => expect(await consumer.lag()).toBe(0), SLOWLY);
  });
});

/** A transport without handlers. */
const unheard = ({ kafka, orm, prefix }: TestConsumers): KafkaEventStrategy =>
  new KafkaEventStrategy({
    kafka,
    em: orm.em,
    clientId: 'none',
    groupId: 'none',
    topicPrefix: prefix,
    topics: ['portal-logins.v1'] as const,
    deadLetterTopic: 'portal-logins.v1.dead-letters' as const,
  });

describe('a transport', () => {
  test('when several ask at once how far it is behind / they share an answer', async (world) => {
    const transport = unheard(world);
    const asked = transport.lagByPartition();
    expect(transport.lagByPartition()).toBe(asked);
    await expect(asked).rejects.toThrow('not connected');
  });

  test('when an event of its topics has no handler, or two / does not start', (world) => {
    const failures: unknown[] = [];
    const withoutHandler = unheard(world);
    withoutHandler.listen((error) => failures.push(error));
    const two = unheard(world);
    for (let n = 0; n < 2; n++) two.addHandler(EVENTS.PortalLoginChanged.type, world.noteOn(), true);
    two.listen((error) => failures.push(error));
    expect(failures.map(String)).toEqual([
      'Error: No handler for contact-sync.PortalLoginChanged.v1, which is on a subscribed topic.',
      'Error: More than one handler for contact-sync.PortalLoginChanged.v1.',
    ]);
  });
});
