import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { eventually, readTopic } from '#app/system/testing';
import type { OutboxRelay } from '#app/messaging';
import { keysOf, PARTITIONS, RelayWorld } from './relay.harness.js';

/** Longer than a relay that cannot publish keeps the lease while another one waits. */
const HANDED_OVER_MS = 14_000;
const LIMIT_MS = 180_000;

const untilLeading = (relay: OutboxRelay) => eventually(() => expect(['publishing', 'retrying']).toContain(relay.state));

/** A port that refuses connections. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Tests of one block wait at the same time, each in a world of its own. */
const test = (title: string, run: (world: RelayWorld) => Promise<void>): void =>
  it.concurrent(title, () => RelayWorld.with(run), LIMIT_MS);

describe('a relay that cannot publish, or only in part', () => {
  test('when the leader reaches no broker and another relay waits / hands over the lease within 30 s and reports its fault', async (world) => {
    const cutOff = world.startRelay({ through: [`127.0.0.1:${await deadPort()}`] });
    await untilLeading(cutOff);
    const well = await world.startStandby();
    await world.add(world.contacts, '1');

    await world.untilPublished();
    expect(well.state).toBe('publishing');
    expect(cutOff.report()).toMatchObject({ state: 'standby', fault: { reason: expect.any(String) } });
    await world.add(world.contacts, '1');
    await world.untilPublished();
  });

  test('when the leader has another number of partitions and another relay waits / hands over the lease, and names the topic', async (world) => {
    const wrong = world.startRelay({ partitions: 12 });
    await untilLeading(wrong);
    await world.startStandby();
    await world.add(world.contacts, '1');

    await world.untilPublished('%', 90_000);
    expect(wrong.report().fault?.reason).toMatch(/contacts\.v1.*has 3 partitions, must have 12/);
  });

  test('when a topic refused records for a time and another relay waits / the lease is handed over, and no fault is reported afterwards', async (world) => {
    const { contacts } = world;
    await world.limitRecords(contacts, 300);
    const relays = [world.startRelay()];
    await untilLeading(relays[0]!);
    relays.push(await world.startStandby());
    await world.add(contacts, '1', 'x'.repeat(500));
    await eventually(() => expect(relays[0]!.report().fault?.reason).toMatch(/MESSAGE_TOO_LARGE/), { timeoutMs: 60_000 });

    await world.limitRecords(contacts, 2_097_152);
    await world.untilPublished();
    for (const relay of relays) await eventually(() => expect(relay.report()).toMatchObject({ fault: null, blocked: [] }));
  });

  test('when the leader reaches no broker and no other relay waits / keeps the lease', async (world) => {
    const relay = world.startRelay({ through: [`127.0.0.1:${await deadPort()}`] });
    await world.add(world.contacts, '1');
    await eventually(() => expect(relay.state).toBe('retrying'));
    await sleep(HANDED_OVER_MS);
    expect(relay.report()).toMatchObject({ state: 'retrying', fault: null });
  });

  test('when a topic accepts only small records / other topics get theirs once, its rows wait, and health has it with the reason', async (world) => {
    const { logins, contacts } = world;
    await world.limitRecords(logins, 300);
    const relay = world.startRelay();
    for (let index = 0; index < 20; index++) {
      await world.add(logins, String(index), 'x'.repeat(500));
      await world.add(contacts, String(index));
    }
    await world.untilPublished(contacts);
    const blocked = [logins, expect.stringMatching(/MESSAGE_TOO_LARGE.*outbox row \d+ has \d+ bytes/)];
    const reported = () => relay.report().blocked.map((each) => [each.topic, each.reason]);
    await eventually(() => expect(reported()).toContainEqual(blocked));
    await sleep(3_000);
    expect(await world.waiting(logins)).toBe(20);
    expect(await world.published(contacts)).toBe(20);
    expect(reported()).toContainEqual(blocked);

    await world.limitRecords(logins, 2_097_152);
    await world.untilPublished();
    await eventually(() => expect(relay.report()).toMatchObject({ state: 'publishing', blocked: [] }));
  });

  test('when more rows of a full topic wait than a pass reads / rows of other partitions are found behind them', async (world) => {
    const { logins, contacts } = world;
    await world.limitRecords(logins, 300);
    await world.sql.query(
      `insert into outbox (topic, key, headers, payload) select $1, n::text, '{}', repeat('x', 500) from generate_series(1, 3000) n`,
      [logins],
    );
    world.startRelay();
    for (const key of keysOf(0, 5)) await world.add(contacts, key);
    await world.untilPublished(contacts);
    expect(await world.waiting(logins)).toBe(3_000);
  });

  test('when very many rows of many keys wait for a full topic / those of another topic are not late, and the session is kept', async (world) => {
    const { logins, contacts } = world;
    await world.limitRecords(logins, 300);
    await world.sql.query(
      `insert into outbox (topic, key, headers, payload) select $1, (n % 6000)::text, '{}', repeat('x', 500) from generate_series(1, 120000) n`,
      [logins],
    );
    const relay = world.startRelay();
    await eventually(() => expect(relay.report().blocked.length).toBe(PARTITIONS));
    const session = () =>
      world.sql.query(
        `select pid from pg_stat_activity where datname = current_database() and application_name = 'contact-sync relay'`,
      );
    const { rows: before } = await session();
    // Once it reads all that wait, which takes a slow machine seconds; from then on it reads above them.
    await world.add(contacts, 'first');
    await world.untilPublished(contacts);
    for (let n = 0; n < 10; n++) {
      await world.add(contacts, String(n));
      await world.untilPublished(contacts, 3_000);
    }
    expect((await session()).rows).toEqual(before);
    expect(await world.waiting(logins)).toBe(120_000);
  });
});

describe('a relay with more than a topic or its memory takes at once', () => {
  test('when a batch is too large for its topic and each record fits / publishes smaller batches', async (world) => {
    const { contacts, brokers } = world;
    await world.limitRecords(contacts, 5_000);
    const [key] = keysOf(1, 1);
    for (let index = 0; index < 12; index++)
      await world.add(contacts, key!, JSON.stringify({ index, filler: 'x'.repeat(1_000) }));
    world.startRelay();
    await world.untilPublished();
    const values = (await readTopic(brokers, contacts, { key: key!, count: 12 })).map(({ value }) => JSON.parse(value!).index);
    expect(values).toEqual(Array.from({ length: 12 }, (_, index) => index));
  });

  test('when 300 events of 450 KB wait / a process with 96 MB of heap publishes them all', async (world) => {
    const { contacts } = world;
    await world.sql.query(
      `insert into outbox (topic, key, headers, payload) select $1, n::text, '{}', '"' || repeat(md5(n::text), 14000) || '"' from generate_series(1, 300) n`,
      [contacts],
    );
    const relay = world.startSmallRelay(96);
    const ended = new Promise((_, reject) => relay.once('exit', (code, signal) => reject(new Error(`Ended: ${code} ${signal}`))));
    try {
      await Promise.race([ended, world.untilPublished('%', 60_000)]);
    } finally {
      ended.catch(() => undefined);
      relay.kill();
    }
    expect(await world.published(contacts)).toBe(300);
  });
});
