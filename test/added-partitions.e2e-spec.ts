import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ensureTopics, partitionOf } from '#app/messaging';
import { eventually, readTopic, uniqueTopicPrefix, withAdmin } from '#app/system/testing';
import { RepairWorld } from './repair.harness.js';

const [COUNT, ADDED] = [3, 5];
const PASSWORD = 'a good password';
// Each command is one process or two, which takes long on a busy machine.
jest.setTimeout(120_000);

let world: RepairWorld;
let moved: number;

beforeAll(async () => {
  world = await RepairWorld.create();
  for (moved = 0; !moved || partitionOf(String(moved), COUNT) === partitionOf(String(moved), ADDED);)
    moved = (await world.loginOf(PASSWORD)).id;
  const { gateway } = world;
  const topics = (['contacts.v1', 'companies.v1', 'portal-logins.v1'] as const).map((name) => gateway.topic(name));
  await withAdmin(gateway.brokers, async (admin) => {
    await admin.createPartitions({ topicPartitions: topics.map((topic) => ({ topic, count: ADDED })) });
    for (const topic of topics) await eventually(async () => expect(await admin.fetchTopicOffsets(topic)).toHaveLength(ADDED));
  });
});
afterAll(() => world?.close());

const tool = (args: string) => world.events(args, { TOPIC_PARTITIONS: String(COUNT) });

describe('topics to which an operator has added partitions', () => {
  it('when the history of a contact is shown whose key would now go elsewhere / it is found where the relay wrote it', async () => {
    const { code, out, err } = await tool(`show ${moved}`);
    expect([code, err, out]).toEqual([0, expect.any(String), expect.stringContaining('ContactCreated')]);
  });

  it('when such a contact is recorded / its events are in the recording', async () => {
    const { code, out } = await tool(`record - --contact ${moved}`);
    expect([code, out]).toEqual([0, expect.stringContaining('contact-sync.ContactCreated.v1')]);
  });

  it('when what is held of such a contact is exported / its records are in it', async () => {
    const { code, out } = await tool(`export-person --contact ${moved}`);
    const { gateway } = world;
    const names = ['contacts.v1', 'portal-logins.v1'] as const;
    expect([code, Object.keys(JSON.parse(out).topics)]).toEqual([0, names.map((name) => gateway.topic(name))]);
  });

  it('when gateway and topics are compared / they agree', async () => {
    const { code, out } = await tool('verify');
    expect([code, out]).toEqual([0, expect.any(String)]);
  });

  it('when records are to be replayed / the tool refuses, names both numbers, and writes nothing', async () => {
    const { gateway } = world;
    const topic = gateway.topic('portal-logins.v1');
    const before = (await readTopic(gateway.brokers, topic, { key: String(moved), count: 1 })).length;
    const { code, out, err } = await tool(`replay --topic logins --to-topic ${topic} --yes`);
    expect(code).not.toBe(0);
    expect(out + err).toMatch(/has 5 partitions.*publishes to 3 \(TOPIC_PARTITIONS\)/s);
    expect(await readTopic(gateway.brokers, topic, { key: String(moved), count: 1 })).toHaveLength(before);
  });
});

describe('when removals wait for such topics', () => {
  it('and resync runs with a new prefix / they reach the auth app by the new topics, and nothing waits any more', async () => {
    const { gateway, auths } = world;
    const logins = [await world.loginOf(PASSWORD), await world.loginOf(PASSWORD), await world.loginOf(PASSWORD)] as const;
    const [deleted, removed] = logins;
    await gateway.halt();
    await world.restartGateway();
    const blocked = world.running;
    expect((await blocked.call('DELETE', `/contacts/${deleted.id}`)).status).toBe(200);
    expect((await blocked.call('DELETE', `/contacts/${removed.id}/password`)).status).toBe(200);
    await eventually(async () => expect(await blocked.metric('relay_blocked_partitions')).toBe(2));
    await blocked.halt();
    await auths.stop(world.auth);

    const topics = { prefix: uniqueTopicPrefix(), partitions: ADDED, replicationFactor: 1, minInsyncReplicas: 1 };
    await ensureTopics(auths.kafka, topics);
    const settings = { TOPIC_PREFIX: topics.prefix, TOPIC_PARTITIONS: String(ADDED) };
    expect((await world.eventsJson('resync --dry-run', settings)).result).toMatchObject({ waitingElsewhere: 6 });
    expect((await world.eventsJson('resync --yes', settings)).code).toBe(0);
    await world.restartGateway({ topics });
    world.auth = await auths.start(settings);

    // Events that are still on their way count as no difference.
    await eventually(async () => {
      const { result } = await world.eventsJson('verify', settings);
      expect(result).toMatchObject({ differences: [] });
    });
    const signIns = logins.map(async ({ email }) => (await world.auth.signIn(email, PASSWORD)).status);
    expect(await Promise.all(signIns)).toEqual([401, 401, 201]);
    await eventually(async () => expect((await gateway.sql.query('select from outbox')).rowCount).toBe(0));
  });
});
