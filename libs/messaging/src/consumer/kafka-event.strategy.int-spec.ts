import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { defineConfig, MikroORM } from '@mikro-orm/postgresql';
import { Logger } from '@nestjs/common';
import { encodeEvent, EVENTS } from '#app/contracts';
import { postgresOptions } from '#app/postgres';
import { createTestDatabase, eventually, testServers, uniqueTopicPrefix, type TestDatabase } from '#app/system/testing';
import { Partitioners, type Kafka, type Producer } from 'kafkajs';
import {
  createKafka,
  ConsumerOffset,
  ensureTopics,
  KafkaEventStrategy,
  partitionOf,
  storeOffset,
  type EventBatchContext,
  type EventEntry,
} from '../index.js';
import { type KafkaEventOptions } from './kafka-event.strategy.js';

type Handler = (entries: EventEntry<'PortalLoginChanged'>[], context: EventBatchContext) => Promise<void>;

const PARTITIONS = 3;
let database: TestDatabase;
let orm: MikroORM;
let kafka: Kafka;
let producer: Producer;
let prefix: string;
let consumers: KafkaEventStrategy[] = [];
/** Contacts in the order in which handlers took them. */
let taken: number[];

beforeAll(async () => {
  Logger.overrideLogger(false);
  kafka = createKafka({ brokers: testServers().brokers, clientId: 'test' }, new Logger('Kafka'));
  producer = kafka.producer({
    // What is sent again while the leaders of a new topic are found must not be there twice.
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  database = await createTestDatabase();
  orm = await MikroORM.init(
    defineConfig({
      ...postgresOptions({ url: database.url, applicationName: 'test', poolMax: 8 }),
      entities: [ConsumerOffset],
    }),
  );
  await orm.em.execute(
    `create table consumer_offset (topic text, partition int, next_offset bigint not null, topic_id uuid,
       failure_streak int not null default 0, primary key (topic, partition))`,
  );
  await orm.em.execute('create table parked_record (topic text, partition int, record_offset bigint)');
  await producer.connect();
});

beforeEach(async () => {
  prefix = uniqueTopicPrefix();
  taken = [];
  await ensureTopics(kafka, { prefix, partitions: PARTITIONS, replicationFactor: 1, minInsyncReplicas: 1 });
});

afterEach(async () => {
  await Promise.all(consumers.map((consumer) => consumer.close()));
  consumers = [];
});

afterAll(async () => {
  await producer.disconnect();
  await orm.close();
  await database.drop();
});

/** Notes contacts and stores the offset, as a handler is to do. */
const note: Handler = async (entries, { position }) => {
  await orm.em.fork().transactional((em) => storeOffset(em, position));
  for (const entry of entries) taken.push(entry.kind === 'event' ? entry.event.data.contact_id : entry.contactId);
};

function consume(handler: Handler, options: Partial<KafkaEventOptions> = {}): KafkaEventStrategy {
  const consumer = new KafkaEventStrategy({
    kafka,
    groupId: `group-${prefix}`,
    topics: ['portal-logins.v1'],
    deadLetterTopic: 'portal-logins.v1.dead-letters',
    topicPrefix: prefix,
    em: orm.em,
    ...options,
  });
  consumer.addHandler(EVENTS.PortalLoginChanged.type, handler, true);
  consumers.push(consumer);
  consumer.listen((error) => {
    if (error) throw error as Error;
  });
  return consumer;
}

async function publish(...contactIds: number[]): Promise<void> {
  const messages = contactIds.map((contactId) => {
    const data = {
      contact_id: contactId,
      version: 1,
      position: 1,
      changes: [],
      email: 'a@x.io',
      previous_email: null,
      credential: null,
    };
    const envelope = { id: randomUUID(), time: '', correlationId: '', actor: null, traceparent: null };
    return encodeEvent({ ...envelope, name: 'PortalLoginChanged', data });
  });
  await producer.send({ topic: `${prefix}.portal-logins.v1`, acks: -1, messages });
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);

describe('a backlog', () => {
  it('when it is consumed / comes in batches of one partition, at most 500 records each, and every record comes once', async () => {
    await publish(...range(3_000));
    const sizes: number[] = [];
    consume(async (entries, context) => {
      sizes.push(entries.length);
      await note(entries, context);
    });
    await eventually(() => expect(sorted(taken)).toEqual(range(3_000)));
    expect(Math.max(...sizes)).toBe(500);
  });
});

describe('a handler with a defect', () => {
  it('when it fails every time / is tried a few times, then stops only its partition, loses nothing, and continues after its repair', async () => {
    let broken = true;
    const consumer = consume(
      async (entries, context) => {
        const has = (id: number): boolean =>
          entries.some((entry) => entry.kind === 'event' && entry.event.data.contact_id === id);
        // A TypeError ends a kafkajs consumer for good.
        if (broken && has(1)) throw new TypeError("Cannot read properties of undefined (reading 'secret@example.com')");
        await note(entries, context);
      },
      { stoppedRetryMs: 200 },
    );
    await publish(...range(60));
    await eventually(() => expect(consumer.report().stopped).toHaveLength(1));
    expect(consumer.report()).toMatchObject({ status: 'degraded', joined: true, deadLettered: 0 });
    expect(consumer.report().stopped[0]!.reason).toBe('TypeError');
    const served = taken.length;
    await publish(...range(60).map((id) => id + 100));
    await eventually(() => expect(taken.length).toBeGreaterThan(served));
    expect(taken).not.toContain(1);

    broken = false;
    await eventually(() => expect(sorted(taken)).toEqual([...range(60), ...range(60).map((id) => id + 100)]));
    await eventually(() => expect(consumer.report()).toMatchObject({ status: 'ok', stopped: [] }));
  });
});

describe('a record that an operator has parked', () => {
  const park = (partition: number, offset: number) =>
    orm.em.execute('insert into parked_record values (?, ?, ?)', [`${prefix}.portal-logins.v1`, partition, offset]);

  it('when its partition would stop / is dead-lettered and the partition continues; a record that can be applied is applied', async () => {
    const consumer = consume(
      async (entries, context) => {
        if (entries.some((entry) => entry.kind === 'event' && entry.event.data.contact_id === 1)) throw new TypeError();
        await note(entries, context);
      },
      { stoppedRetryMs: 200 },
    );
    await publish(...range(60));
    const { partition, offset } = await eventually(() => {
      expect(consumer.report().stopped).toHaveLength(1);
      return consumer.report().stopped[0]!;
    });
    await park(partition, offset + 1);
    await park(partition, offset);
    await eventually(() => expect(sorted(taken)).toEqual(range(60).slice(1)));
    expect(consumer.report()).toMatchObject({ status: 'ok', stopped: [], deadLettered: 1 });
  });

  it('when too many in a row could not be applied / the records after it are judged again', async () => {
    const isBad = (id: number): boolean => id <= 25;
    const consumer = consume(
      async (entries, context) => {
        if (entries.some((entry) => entry.kind === 'event' && isBad(entry.event.data.contact_id))) throw new RangeError();
        await note(entries, context);
      },
      { stoppedRetryMs: 200, judge: (error) => (error instanceof RangeError ? 'permanent' : undefined) },
    );
    const inOnePartition = range(2_000).filter((id) => partitionOf(String(id), PARTITIONS) === 0);
    const bad = inOnePartition.filter(isBad).length;
    const more = inOnePartition.slice(bad, 30);
    expect(bad).toBeGreaterThan(0);
    await publish(...range(25 - bad).flatMap(() => inOnePartition[0]!), ...inOnePartition.slice(0, bad), ...more);
    const { partition, offset } = await eventually(() => {
      expect(consumer.report()).toMatchObject({
        deadLettered: 19,
        stopped: [{ reason: expect.stringMatching(/^One after another/) }],
      });
      return consumer.report().stopped[0]!;
    });
    await park(partition, offset);
    await eventually(() => expect(taken).toEqual(more));
    expect(consumer.report()).toMatchObject({ stopped: [], deadLettered: 25 });
  });
});

/** The group's member, as the broker knows it. */
async function memberOfGroup(): Promise<string | undefined> {
  const admin = kafka.admin();
  await admin.connect();
  const { groups } = await admin.describeGroups([`group-${prefix}`]);
  await admin.disconnect();
  return groups[0]?.members[0]?.memberId;
}

describe('a handler that hangs', () => {
  it('when its time is over / the member leaves the group, joins again, and repeats the batch', async () => {
    let hangs = true;
    let former: string | undefined;
    const consumer = consume(
      async (entries, context) => {
        if (hangs) {
          hangs = false;
          former = await memberOfGroup();
          await new Promise(() => undefined);
        }
        await note(entries, context);
      },
      { handlerTimeoutMs: 1_000 },
    );
    await publish(1);
    await eventually(() => expect(taken).toEqual([1]));
    await eventually(() => expect(consumer.report()).toMatchObject({ status: 'ok', joined: true }));
    expect(former).toMatch(/./);
    expect(await memberOfGroup()).not.toBe(former);
  });
});

describe('a fault that passes', () => {
  it('when it occurs repeatedly / records are applied in order, and the member stays in the group', async () => {
    let faults = 8;
    const consumer = consume(async (entries, context) => {
      if (faults-- > 0) throw Object.assign(new Error('the database is starting up'), { code: '57P03' });
      await note(entries, context);
    });
    await publish(7);
    await eventually(() => expect(consumer.report()).toMatchObject({ status: 'degraded', retrying: 'Error' }));
    const member = await memberOfGroup();
    await eventually(() => expect(taken).toEqual([7]), { timeoutMs: 20_000 });
    expect(consumer.report()).toMatchObject({ status: 'ok', deadLettered: 0 });
    expect(member).toMatch(/./);
    expect(await memberOfGroup()).toBe(member);
  });
});

describe('replicas that come and go', () => {
  it('when members join and leave / every record is applied', async () => {
    const stay = consume(note);
    const total = 600;
    for (let round = 0; round < 3; round++) {
      const guest = consume(note);
      await publish(...range(total / 3).map((id) => id + (round * total) / 3));
      await eventually(() => expect(guest.report().joined).toBe(true));
      consumers.splice(consumers.indexOf(guest), 1);
      await guest.close();
    }
    await eventually(() => expect(sorted([...new Set(taken)])).toEqual(range(total)), { timeoutMs: 20_000 });
    await eventually(() => expect(stay.report()).toMatchObject({ status: 'ok', partitions: PARTITIONS }), { timeoutMs: 20_000 });
    expect(await stay.lag()).toBe(0);
  });
});

describe('a topic that is made again under a running consumer', () => {
  it('when it is filled again / is read from its beginning', async () => {
    const consumer = consume(note);
    await publish(...range(30));
    await eventually(() => expect(taken).toHaveLength(30));
    const admin = kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [`${prefix}.portal-logins.v1`] });
    await admin.disconnect();
    await eventually(() => ensureTopics(kafka, { prefix, partitions: PARTITIONS, replicationFactor: 1, minInsyncReplicas: 1 }));
    await eventually(() => publish(101, 102, 103));
    await eventually(() => expect(sorted([...new Set(taken.slice(30))])).toEqual([101, 102, 103]), { timeoutMs: 30_000 });
    await eventually(async () => expect(await consumer.lag()).toBe(0));
  }, 60_000);
});

describe('a transport', () => {
  const unheard = (): KafkaEventStrategy =>
    new KafkaEventStrategy({
      kafka,
      em: orm.em,
      groupId: 'none',
      topicPrefix: prefix,
      topics: ['portal-logins.v1'] as const,
      deadLetterTopic: 'portal-logins.v1.dead-letters' as const,
    });

  it('when an event of its topics has no handler, or two / does not start', () => {
    const failures: unknown[] = [];
    const withoutHandler = unheard();
    withoutHandler.listen((error) => failures.push(error));
    const two = unheard();
    for (let n = 0; n < 2; n++) two.addHandler(EVENTS.PortalLoginChanged.type, note.bind(null), true);
    two.listen((error) => failures.push(error));
    expect(failures.map(String)).toEqual([
      'Error: No handler for contact-sync.PortalLoginChanged.v1, which is on a subscribed topic.',
      'Error: More than one handler for contact-sync.PortalLoginChanged.v1.',
    ]);
  });
});
