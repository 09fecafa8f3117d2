import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createKafka, OutboxRelay, partitionOf } from '#app/messaging';
import { eventually, readTopic, type TestDatabase } from '#app/system/testing';
import kafkajs, { type Kafka } from 'kafkajs';
import pg from 'pg';
import { prepareGateway } from './gateway.harness.js';

const PARTITIONS = 3;
let database: TestDatabase;
let brokers: string[];
let prefix: string;
let sql: pg.Pool;
let kafka: Kafka;
let relays: OutboxRelay[];

beforeEach(async () => {
  const prepared = await prepareGateway();
  database = prepared.database;
  brokers = prepared.source['KAFKA_BROKERS']!.split(',');
  prefix = prepared.source['TOPIC_PREFIX']!;
  sql = new pg.Pool({ connectionString: database.url, max: 4 });
  kafka = createKafka({ brokers, clientId: 'spec' }, new Logger('Kafka'));
  relays = [];
});
afterEach(async () => {
  await Promise.all(relays.map((relay) => relay.stop()));
  await sql.end();
  await database.drop();
});

function startRelay({ partitions = PARTITIONS, through = brokers } = {}): OutboxRelay {
  const client = createKafka({ brokers: through, clientId: 'spec-relay' }, new Logger('Kafka'));
  const relay = new OutboxRelay(client, {
    databaseUrl: database.url,
    applicationName: 'contact-sync relay',
    partitions,
    pollMs: 100,
  });
  relays.push(relay);
  relay.start();
  return relay;
}

const topic = (name: string) => `${prefix}.${name}.v1`;
const CONTACTS = () => topic('contacts');
/** Keys of one partition. */
const keysOf = (partition: number, count: number): string[] =>
  Array.from({ length: 10_000 }, (_, index) => String(index))
    .filter((key) => partitionOf(key, PARTITIONS) === partition)
    .slice(0, count);
const add = (name: string, key: string, payload = '{}') =>
  sql.query(`insert into outbox (topic, key, headers, payload) values ($1, $2, '{"ce_id":"x"}', $3)`, [name, key, payload]);
const waiting = async (name = '%') =>
  Number((await sql.query<{ count: string }>('select count(*) from outbox where topic like $1', [name])).rows[0]!.count);
const untilLeading = (relay: OutboxRelay) => eventually(() => expect(['publishing', 'retrying']).toContain(relay.state));

async function alter(name: string, key: string, value: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const configEntries = [{ name: key, value }];
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name, configEntries }],
    });
  } finally {
    await admin.disconnect();
  }
}

/** A port that refuses connections. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a relay that cannot publish', () => {
  it('when the leader reaches no broker and another relay waits / hands over the lease within 30 s and reports its fault', async () => {
    const cutOff = startRelay({ through: [`127.0.0.1:${await deadPort()}`] });
    await untilLeading(cutOff);
    const well = startRelay();
    await eventually(() => expect(well.state).toBe('standby'));
    await add(CONTACTS(), '1');

    await eventually(async () => expect(await waiting()).toBe(0), { timeoutMs: 30_000 });
    expect(well.state).toBe('publishing');
    expect(cutOff.report()).toMatchObject({ state: 'standby', fault: { reason: expect.any(String) } });
    await add(CONTACTS(), '1');
    await eventually(async () => expect(await waiting()).toBe(0), { timeoutMs: 3_000 });
  }, 60_000);

  it('when the leader has another number of partitions / hands over the lease, and names the topic', async () => {
    const wrong = startRelay({ partitions: 12 });
    await untilLeading(wrong);
    const well = startRelay();
    await eventually(() => expect(well.state).toBe('standby'));
    await add(CONTACTS(), '1');

    await eventually(async () => expect(await waiting()).toBe(0), { timeoutMs: 30_000 });
    expect(wrong.report().fault?.reason).toMatch(/contacts\.v1.*has 3 partitions, must have 12/);
  }, 60_000);

  it('when it is the only one / keeps the lease and continues when the broker is back', async () => {
    const relay = startRelay({ through: [`127.0.0.1:${await deadPort()}`] });
    await add(CONTACTS(), '1');
    await eventually(() => expect(relay.state).toBe('retrying'));
    await new Promise((resolve) => setTimeout(resolve, 14_000));
    expect(relay.report()).toMatchObject({ state: 'retrying', fault: null });
  }, 60_000);
});

describe('a partition that accepts no records', () => {
  it('when a topic accepts only small records / other topics get theirs once, its rows wait, and health has it with the reason', async () => {
    const logins = topic('portal-logins');
    await alter(logins, 'max.message.bytes', '300');
    const relay = startRelay();
    for (let index = 0; index < 20; index++) {
      await add(logins, String(index), 'x'.repeat(500));
      await add(CONTACTS(), String(index));
    }
    await eventually(async () => expect(await waiting(CONTACTS())).toBe(0), { timeoutMs: 5_000 });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(await waiting(logins)).toBe(20);
    const { records } = await countOf(CONTACTS());
    expect(records).toBe(20);
    expect(relay.report().blocked.map((each) => [each.topic, each.reason])).toContainEqual([
      logins,
      expect.stringMatching(/MESSAGE_TOO_LARGE.*outbox row \d+ has \d+ bytes/),
    ]);

    await alter(logins, 'max.message.bytes', '2097152');
    await eventually(async () => expect(await waiting()).toBe(0), { timeoutMs: 15_000 });
    await eventually(() => expect(relay.report()).toMatchObject({ state: 'publishing', blocked: [] }));
  }, 60_000);

  it('when more of its rows wait than a pass reads / rows of other partitions are found behind them', async () => {
    const logins = topic('portal-logins');
    await alter(logins, 'max.message.bytes', '300');
    await sql.query(
      `insert into outbox (topic, key, headers, payload) select $1, n::text, '{}', repeat('x', 500) from generate_series(1, 3000) n`,
      [logins],
    );
    startRelay();
    for (const key of keysOf(0, 5)) await add(CONTACTS(), key);
    await eventually(async () => expect(await waiting(CONTACTS())).toBe(0), { timeoutMs: 10_000 });
    expect(await waiting(logins)).toBe(3_000);
  }, 60_000);

  it('when a batch is too large for its topic and each record fits / publishes smaller batches', async () => {
    await alter(CONTACTS(), 'max.message.bytes', '5000');
    const [key] = keysOf(1, 1);
    for (let index = 0; index < 12; index++) await add(CONTACTS(), key!, JSON.stringify({ index, filler: 'x'.repeat(1_000) }));
    startRelay();
    await eventually(async () => expect(await waiting()).toBe(0), { timeoutMs: 10_000 });
    const values = (await readTopic(brokers, CONTACTS(), { key: key!, count: 12 })).map(({ value }) => JSON.parse(value!).index);
    expect(values).toEqual(Array.from({ length: 12 }, (_, index) => index));
  }, 60_000);
});

/** The relay of the built code in a process with little memory. */
function startSmallRelay(heapMb: number): ChildProcess {
  const code = `
    import { Logger } from '@nestjs/common';
    import { createKafka, OutboxRelay } from './dist/libs/messaging/src/index.js';
    Logger.overrideLogger(false);
    const options = JSON.parse(process.argv[1]);
    const kafka = createKafka({ brokers: options.brokers, clientId: 'small-relay' }, new Logger('Kafka'));
    new OutboxRelay(kafka, { ...options, applicationName: 'contact-sync relay', pollMs: 100 }).start();`;
  const options = JSON.stringify({ brokers, databaseUrl: database.url, partitions: PARTITIONS });
  return spawn(process.execPath, [`--max-old-space-size=${heapMb}`, '--input-type=module', '-e', code, options], {
    stdio: 'inherit',
  });
}

describe('a backlog of large events in the outbox', () => {
  it('when 300 events of 450 KB wait / a process with 96 MB of heap publishes them all', async () => {
    await sql.query(
      `insert into outbox (topic, key, headers, payload) select $1, n::text, '{}', '"' || repeat(md5(n::text), 14000) || '"' from generate_series(1, 300) n`,
      [CONTACTS()],
    );
    const relay = startSmallRelay(96);
    const ended = new Promise((_, reject) => relay.once('exit', (code, signal) => reject(new Error(`Ended: ${code} ${signal}`))));
    try {
      await Promise.race([ended, eventually(async () => expect(await waiting()).toBe(0), { timeoutMs: 60_000 })]);
    } finally {
      ended.catch(() => undefined);
      relay.kill();
    }
    expect((await countOf(CONTACTS())).records).toBe(300);
  }, 90_000);
});

/** Number of records of a topic. */
async function countOf(name: string): Promise<{ records: number }> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(name);
    return { records: offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0) };
  } finally {
    await admin.disconnect();
  }
}
