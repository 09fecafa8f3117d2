import { randomUUID } from 'node:crypto';
import { defineConfig, MikroORM } from '@mikro-orm/postgresql';
import { Logger } from '@nestjs/common';
import { encodeEvent, EVENTS, type EventRecord } from '#app/contracts';
import { postgresOptions } from '#app/postgres';
import { createTestDatabase, testServers, uniqueTopicPrefix, type TestDatabase } from '#app/system/testing';
import { Partitioners, type Kafka, type Producer } from 'kafkajs';
import { createKafka } from '../kafka/kafka-client.js';
import { ensureTopics } from '../kafka/topics.js';
import { ConsumerOffset } from './consumer-offset.entity.js';
import { storeOffset } from './consumer-offsets.js';
import type { EventBatchContext, EventEntry } from './event-batch.js';
import { KafkaEventStrategy, type KafkaEventOptions } from './kafka-event.strategy.js';

type LoginHandler = (entries: EventEntry<'PortalLoginChanged'>[], context: EventBatchContext) => Promise<void>;

const TABLES = [
  `create table consumer_offset (topic text, partition int, next_offset bigint not null, topic_id uuid,
     failure_streak int not null default 0, primary key (topic, partition))`,
  'create table parked_record (topic text, partition int, record_offset bigint)',
];

/** Consumers on the shared servers, with their own database and with topics that a test makes. */
export class TestConsumers {
  readonly taken: number[] = [];
  prefix = '';
  private consumers: KafkaEventStrategy[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly orm: MikroORM,
    readonly kafka: Kafka,
    readonly producer: Producer,
  ) {}

  static async start(): Promise<TestConsumers> {
    const kafka = createKafka({ brokers: testServers().brokers, clientId: 'test' }, new Logger('Kafka'));
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    const database = await createTestDatabase();
    const orm = await ormOn(database.url);
    for (const table of TABLES) await orm.em.execute(table);
    await producer.connect();
    return new TestConsumers(database, orm, kafka, producer);
  }

  async makeTopics(partitions: number): Promise<void> {
    this.prefix = uniqueTopicPrefix();
    this.taken.length = 0;
    await this.remakeTopics(partitions);
  }

  async remakeTopics(partitions: number): Promise<void> {
    await ensureTopics(this.kafka, { prefix: this.prefix, partitions, replicationFactor: 1, minInsyncReplicas: 1 });
  }

  get topic(): string {
    return `${this.prefix}.portal-logins.v1`;
  }

  /** Stores contacts and the offset in one transaction, as a handler should. */
  noteOn =
    (orm: MikroORM): LoginHandler =>
    async (entries, { position }) => {
      await orm.em.fork().transactional((em) => storeOffset(em, position));
      for (const entry of entries) this.taken.push(entry.kind === 'event' ? entry.event.data.contact_id : entry.contactId);
    };

  consume(options: Partial<KafkaEventOptions> = {}, handler: LoginHandler = this.noteOn(this.orm)): KafkaEventStrategy {
    const consumer = new KafkaEventStrategy({
      kafka: this.kafka,
      groupId: `group-${this.prefix}`,
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

  async publish(...contactIds: number[]): Promise<void> {
    await this.producer.send({ topic: this.topic, acks: -1, messages: contactIds.map(loginRecord) });
  }

  async closeConsumers(): Promise<void> {
    await Promise.all(this.consumers.map((consumer) => consumer.close()));
    this.consumers = [];
  }

  async stop(): Promise<void> {
    await this.producer.disconnect();
    await this.orm.close();
    await this.database.drop();
  }
}

export const ormOn = (url: string): Promise<MikroORM> =>
  MikroORM.init(defineConfig({ ...postgresOptions({ url, applicationName: 'test', poolMax: 8 }), entities: [ConsumerOffset] }));

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
  const envelope = { id: randomUUID(), time: '', correlationId: '', actor: null, traceparent: null };
  return encodeEvent({ ...envelope, name: 'PortalLoginChanged', data });
}
