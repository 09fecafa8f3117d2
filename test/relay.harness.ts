import { spawn, type ChildProcess } from 'node:child_process';
import { Logger } from '@nestjs/common';
import { createKafka, OutboxRelay, partitionOf } from '#app/messaging';
import { eventually, withAdmin, type TestDatabase } from '#app/system/testing';
import kafkajs from 'kafkajs';
import pg from 'pg';
import { untilLimited } from '../libs/messaging/src/kafka/record-limit.fixtures.js';
import { prepareGateway } from './gateway.harness.js';

export const PARTITIONS = 3;

/** An outbox and topics of one test, and relays on them. */
export class RelayWorld {
  readonly contacts: string;
  readonly logins: string;
  private readonly relays: OutboxRelay[] = [];

  private constructor(
    private readonly database: TestDatabase,
    readonly brokers: string[],
    readonly sql: pg.Pool,
    prefix: string,
  ) {
    this.contacts = `${prefix}.contacts.v1`;
    this.logins = `${prefix}.portal-logins.v1`;
  }

  /** Runs a test in a world of its own, so that tests can run at the same time. */
  static async with(test: (world: RelayWorld) => Promise<void>): Promise<void> {
    const { database, source } = await prepareGateway();
    const sql = new pg.Pool({ connectionString: database.url, max: 4 });
    sql.on('error', () => undefined);
    const world = new RelayWorld(database, source['KAFKA_BROKERS']!.split(','), sql, source['TOPIC_PREFIX']!);
    try {
      await test(world);
    } finally {
      await Promise.all(world.relays.map((relay) => relay.stop()));
      await sql.end();
      await database.drop();
    }
  }

  startRelay({ partitions = PARTITIONS, through = this.brokers } = {}): OutboxRelay {
    const client = createKafka({ brokers: through, clientId: 'spec-relay' }, new Logger('Kafka'));
    const options = { databaseUrl: this.database.url, applicationName: 'contact-sync relay', partitions, pollMs: 100 };
    const relay = new OutboxRelay(client, options);
    this.relays.push(relay);
    relay.start();
    return relay;
  }

  async startStandby(): Promise<OutboxRelay> {
    const relay = this.startRelay();
    await eventually(() => {
      if (relay.state !== 'standby') throw new Error(`The relay is ${relay.state}.`);
    });
    return relay;
  }

  /** The relay of the built code, in a process with little memory. */
  startSmallRelay(heapMb: number): ChildProcess {
    const code = `
      import { Logger } from '@nestjs/common';
      import { createKafka, OutboxRelay } from './dist/libs/messaging/src/index.js';
      Logger.overrideLogger(false);
      const options = JSON.parse(process.argv[1]);
      const kafka = createKafka({ brokers: options.brokers, clientId: 'small-relay' }, new Logger('Kafka'));
      new OutboxRelay(kafka, { ...options, applicationName: 'contact-sync relay', pollMs: 100 }).start();`;
    const options = JSON.stringify({ brokers: this.brokers, databaseUrl: this.database.url, partitions: PARTITIONS });
    return spawn(process.execPath, [`--max-old-space-size=${heapMb}`, '--input-type=module', '-e', code, options], {
      stdio: 'inherit',
    });
  }

  async add(topic: string, key: string, payload = '{}'): Promise<void> {
    await this.sql.query(`insert into outbox (topic, key, headers, payload) values ($1, $2, '{"ce_id":"x"}', $3)`, [
      topic,
      key,
      payload,
    ]);
  }

  /** Number of rows in the outbox. */
  async waiting(topic = '%'): Promise<number> {
    const { rows } = await this.sql.query<{ count: number }>('select count(*)::int as count from outbox where topic like $1', [
      topic,
    ]);
    return rows[0]!.count;
  }

  async untilPublished(topic = '%', timeoutMs = 30_000): Promise<void> {
    await eventually(
      async () => {
        const rows = await this.waiting(topic);
        if (rows > 0) throw new Error(`${rows} rows wait.`);
      },
      { timeoutMs },
    );
  }

  /** Sets the largest size of a topic's records, its other settings to their defaults, and waits until the broker applies it. */
  async limitRecords(topic: string, maxBytes: number): Promise<void> {
    const configEntries = [{ name: 'max.message.bytes', value: String(maxBytes) }];
    const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries };
    await withAdmin(this.brokers, (admin) => admin.alterConfigs({ validateOnly: false, resources: [resource] }));
    await untilLimited(this.brokers, topic, maxBytes);
  }

  /** Number of records of a topic. */
  async published(topic: string): Promise<number> {
    const offsets = await withAdmin(this.brokers, (admin) => admin.fetchTopicOffsets(topic));
    return offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  }
}

/** Keys of one partition. */
export const keysOf = (partition: number, count: number): string[] =>
  Array.from({ length: 10_000 }, (_, index) => String(index))
    .filter((key) => partitionOf(key, PARTITIONS) === partition)
    .slice(0, count);
