import { randomUUID } from 'node:crypto';
import { defineConfig, MikroORM } from '@mikro-orm/postgresql';
import { Logger } from '@nestjs/common';
import { encodeEvent, EVENTS, type EventRecord } from '#app/contracts';
import { postgresOptions } from '#app/postgres';
import {
  createTestDatabase,
  deleteTopics,
  plainProducer,
  testServers,
  uniqueTopicPrefix,
  withAdmin,
  type TestDatabase,
} from '#app/system/testing';
import type { Kafka, Producer } from 'kafkajs';
import { createKafka } from '../kafka/kafka-client.js';
import { ensureTopics } from '../kafka/topics.js';
import { ConsumerOffset } from './consumer-offset.entity.js';
import { storeOffset } from './consumer-offsets.js';
import type { EventBatchContext, EventEntry } from './event-batch.js';
import { KafkaEventStrategy, type KafkaEventOptions } from './kafka-event.strategy.js';

/** A batch of logins. */
export type Entries = EventEntry<'PortalLoginChanged'>[];
type LoginHandler = (entries: Entries, context: EventBatchContext) => Promise<void>;

const CLIENT_ID = 'test';
const TABLES = [
  `create table consumer_offset (topic text, partition int, next_offset bigint not null, topic_id uuid,
     failure_streak int not null default 0, primary key (topic, partition))`,
  'create table parked_record (topic text, partition int, record_offset bigint)',
];

export const PARTITIONS = 3;

/** Consumers of one test on the shared servers, with a database and topics of their own, so that tests can run at the same time. */
export class TestConsumers {
  readonly taken: number[] = [];
  private consumers: KafkaEventStrategy[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly orm: MikroORM,
    readonly kafka: Kafka,
    readonly producer: Producer,
    readonly prefix: string,
  ) {}

  /** @param existing topics that are there; without them the world makes its own */
  static async with(
    test: (world: TestConsumers) => Promise<void> | void,
    existing?: { brokers: string[]; prefix: string },
  ): Promise<void> {
    const brokers = existing?.brokers ?? testServers().brokers;
    const kafka = createKafka({ brokers, clientId: CLIENT_ID }, new Logger('Kafka'));
    const producer = plainProducer(kafka);
    const database = await createTestDatabase({ templateKey: 'consumers', migrate: makeTables });
    const orm = await ormOn(database.url);
    const world = new TestConsumers(database, orm, kafka, producer, existing?.prefix ?? uniqueTopicPrefix());
    try {
      await Promise.all([producer.connect(), existing ?? world.makeTopics()]);
      await test(world);
    } finally {
      await world.closeConsumers();
      await producer.disconnect();
      await orm.close();
      await database.drop();
    }
  }

  async makeTopics(): Promise<void> {
    await ensureTopics(this.kafka, {
      prefix: this.prefix,
      partitions: PARTITIONS,
      replicationFactor: 1,
      minInsyncReplicas: 1,
    });
  }

  get groupId(): string {
    return `group-${this.prefix}`;
  }

  get topic(): string {
    return `${this.prefix}.portal-logins.v1`;
  }

  /** Stores contacts and the offset in one transaction, as a handler should. */
  noteOn =
    (orm: MikroORM = this.orm): LoginHandler =>
    async (entries, { position }) => {
      await orm.em.fork().transactional((em) => storeOffset(em, position));
      for (const entry of entries) this.taken.push(entry.kind === 'event' ? entry.event.data.contact_id : entry.contactId);
    };

  consume(options: Partial<KafkaEventOptions> = {}, handler: LoginHandler = this.noteOn()): KafkaEventStrategy {
    const consumer = new KafkaEventStrategy({
      kafka: this.kafka,
      clientId: CLIENT_ID,
      groupId: this.groupId,
      topics: ['portal-logins.v1'],
      deadLetterTopic: 'portal-logins.v1.dead-letters',
      topicPrefix: this.prefix,
      em: this.orm.em,
      ...options,
    });
    consumer.addHandler(EVENTS.PortalLoginChanged.type, handler, true);
    this.consumers.push(consumer);
    consumer.listen((error) => {
      if (error) throw error as Error;
    });
    return consumer;
  }

  /** Closes one consumer; the others go on. */
  async close(consumer: KafkaEventStrategy): Promise<void> {
    this.consumers = this.consumers.filter((each) => each !== consumer);
    await consumer.close();
  }

  deleteTopic(): Promise<void> {
    return deleteTopics(testServers().brokers, [this.topic]);
  }

  async publish(...contactIds: number[]): Promise<void> {
    await this.producer.send({ topic: this.topic, acks: -1, messages: contactIds.map(loginRecord) });
  }

  async closeConsumers(): Promise<void> {
    await Promise.all(this.consumers.map((consumer) => consumer.close()));
    this.consumers = [];
  }
}

export const ormOn = (url: string): Promise<MikroORM> =>
  MikroORM.init(defineConfig({ ...postgresOptions({ url, applicationName: 'test', poolMax: 8 }), entities: [ConsumerOffset] }));

async function makeTables(url: string): Promise<void> {
  const orm = await ormOn(url);
  try {
    for (const table of TABLES) await orm.em.execute(table);
  } finally {
    await orm.close();
  }
}

/** The group's member, as the broker knows it. */
export async function memberOfGroup({ groupId }: TestConsumers): Promise<string | undefined> {
  const { groups } = await withAdmin(testServers().brokers, (admin) => admin.describeGroups([groupId]));
  return groups[0]?.members[0]?.memberId;
}

/** Whole numbers, by default from 1. */
export const range = (count: number, from = 1): number[] => Array.from({ length: count }, (_, index) => index + from);
export const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);

/** A login record of a contact. */
export function loginRecord(contactId: number): EventRecord {
  const data = {
    contact_id: contactId,
    version: 1,
    position: 1,
    changes: [],
    email: 'a@x.io',
    previous_email: null,
    credential: null,
  };
  const envelope = { id: randomUUID(), time: '2026-01-02T03:04:05.678Z', correlationId: '', actor: null, traceparent: null };
  return encodeEvent({ ...envelope, name: 'PortalLoginChanged', data });
}
