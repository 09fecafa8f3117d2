import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { topicOf } from '#app/contracts';
import { CertificateAuthority } from '#app/system';
import { deleteTopics, plainKafka, TopicReader, withAdmin, withProducer, type TopicRecord } from '#app/system/testing';
import { UNUSED_CONTACT_IDS } from '../check/collect-evidence.js';
import { waitingEvents } from '../check/databases.js';
import { memoryMiB } from '../soak/samples.js';
import { TlsLine } from '../seams/tls-line.js';
import { proxyTo, type Replica, type System } from '../system/system.js';
import { withAuthsKilled } from './auths-killed.js';
import type { Fault } from './fault.js';
import { newLogins, setPasswords } from './logins.js';
import { setTopic } from './topic-config.js';

const LOGINS = topicOf('portal-logins.v1');
const DEAD_LETTERS = topicOf('portal-logins.v1.dead-letters');
const RECOVERY_MS = 30_000;
const BACKLOG = { topic: 'faults.backlog', partitions: 6, events: 1_000, bytes: 450_000, memoryMiB: 512 } as const;
/** What Node sets by itself in a container of 512 MiB. */
const NODE_IN_512_MIB = '--max-old-space-size=256 --max-semi-space-size=1';
/** Longer than a send may take: the relay gives it up, and sends the rows again. */
const HELD_SECONDS = 12;
/** By then the relay has begun to send. */
const SENT_MS = 1_000;
const OWN_LOGINS = 6;
/** No other fault writes records of it. */
const ABORTED = String(UNUSED_CONTACT_IDS + 500);
/** Soon compacted; each append after half a second begins a segment. */
const HASTY = {
  'segment.ms': '500',
  'min.compaction.lag.ms': '0',
  'max.compaction.lag.ms': '1000',
  'min.cleanable.dirty.ratio': '0.01',
};

const largeBacklog: Fault = {
  number: 35,
  name: `${BACKLOG.events} events of ${BACKLOG.bytes / 1_000} KB wait behind an outage, gateways with ${BACKLOG.memoryMiB} MiB of memory`,
  approximation:
    'rows of a topic of their own, so that no reader of the run keeps them; the memory of the processes is measured, not limited',
  run: async ({ system, note, violate }) => {
    const { topic, partitions: numPartitions } = BACKLOG;
    await withAdmin(system.brokerAddresses, (admin) =>
      admin.createTopics({
        topics: [{ topic, numPartitions, configEntries: [{ name: 'max.message.bytes', value: '2097152' }] }],
      }),
    );
    await eachGateway(system, async ({ app }) => {
      app.settings['NODE_OPTIONS'] = NODE_IN_512_MIB;
      await app.kill();
      await app.startUntilReady();
    });
    await system.setBrokerProxies(system.gateways, 'refuse');
    await system.sql.gateway.query(
      `insert into outbox (topic, key, headers, payload)
         select $1, n::text, '{}', rpad('', $2::int, 'x') from generate_series(1, $3::int) n`,
      [topic, BACKLOG.bytes, BACKLOG.events],
    );
    await system.setBrokerProxies(system.gateways, 'pass');
    const began = performance.now();
    while ((await waitingOf(system, topic)) > 0 && performance.now() - began < RECOVERY_MS) await sleep(200);
    const left = await waitingOf(system, topic);
    note(`${BACKLOG.events - left} were published in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    if (left > 0) violate({ invariant: 'I8', message: `${left} large events still wait after 30 s.` });
    const highest = Math.max(...system.gateways.map(({ app }) => memoryMiB(app.pid ?? 0, 'VmHWM')));
    if (Number.isFinite(highest)) note(`a gateway had ${Math.round(highest)} MiB of memory at most`);
    if (highest > BACKLOG.memoryMiB) violate({ invariant: 'I8', message: `A gateway had more than ${BACKLOG.memoryMiB} MiB.` });
    await system.sql.gateway.query('delete from outbox where topic = $1', [topic]);
    await eachGateway(system, async ({ app }) => {
      delete app.settings['NODE_OPTIONS'];
      await app.kill();
      await app.startUntilReady();
    });
    await deleteTopics(system.brokerAddresses, [topic]);
  },
};

const heldTlsLine: Fault = {
  number: 37,
  name: 'a TLS line holds what the relay sends, and delivers it after the relay has given it up',
  run: async (context) => {
    const { system, load, seconds } = context;
    const leader = await system.untilLeader();
    const authority = CertificateAuthority.create(join(system.host.folder.root, 'tls'));
    const line = await TlsLine.inPlaceOf(proxyTo(system.servers.brokers[0]!, leader), authority.issue('broker'));
    // A setting of Node, so that every release trusts it.
    await setSecurity(leader, { KAFKA_SSL: 'true', NODE_EXTRA_CA_CERTS: authority.file });
    const others = system.gateways.filter((replica) => replica !== leader);
    await Promise.all(others.map(({ app }) => app.kill()));
    await system.untilLeader();
    for (let round = 0; round < 2; round++) {
      // Of its own, so that a later round does not cover what this one brought too late.
      const contacts = await newLogins(context, OWN_LOGINS);
      // Nothing waits, so that what the relay sends first is an event of these logins.
      await load.pause();
      await allPublished(system);
      const deliver = line.holdPresent();
      await setPasswords(context, contacts);
      await sleep(SENT_MS);
      await setPasswords(context, contacts);
      load.resume();
      await sleep(HELD_SECONDS * 1_000 - SENT_MS);
      await allPublished(system);
      deliver();
      await sleep(seconds * 100);
    }
    await line.close();
    await setSecurity(leader, {});
    await Promise.all(others.map(({ app }) => app.startUntilReady()));
  },
};

const topicRefilled: Fault = {
  number: 38,
  name: 'topic of the logins made again and filled beyond the stored offsets while the auth apps are away',
  run: async (context) => {
    const { system, load, reader, rest, seconds, note } = context;
    const contacts = await newLogins(context, OWN_LOGINS);
    await load.pause();
    await rest();
    const applied = (await new TopicReader(system.brokerAddresses).read(LOGINS)).length;
    await Promise.all(system.auths.map(({ app }) => app.terminate()));
    load.resume();
    await setPasswords(context, contacts);
    await sleep(Math.max(seconds, 5) * 1_000);
    await load.pause();
    await allPublished(system);
    await reader.read(LOGINS);
    const records = await new TopicReader(system.brokerAddresses).read(LOGINS);
    await deleteTopics(system.brokerAddresses, [LOGINS]);
    reader.madeAgain(LOGINS);
    await system.setUp('gateway');
    await refill(system, records, new Set(contacts.map(String)));
    note(`${records.length - applied} of ${records.length} records were new`);
    await system.startApps();
    load.resume();
  },
};

const compactedFromZero: Fault = {
  number: 39,
  name: 'auth apps from zero on a compacted log with an aborted transaction',
  run: async ({ system, load, reader, rest, settlesWithin, note, violate }) => {
    await load.pause();
    await rest();
    const before = (await reader.read(LOGINS)).length;
    await setTopic(system, 'portal-logins.v1', HASTY);
    await abortTransaction(system);
    // A segment is compacted once another one follows.
    for (let at = 0; at < 2; at++, await sleep(1_000)) await appendToEach(system);
    note(`of ${before} records ${await compacted(system, before)} are left`);
    await withAuthsKilled(system, () => system.sql.auth.query('delete from portal_login; delete from consumer_offset'));
    const pending = await settlesWithin(RECOVERY_MS);
    if (pending.length > 0) violate({ invariant: 'I8', message: `From zero on a compacted log: ${pending.join(', ')}.` });
    if ((await reader.read(DEAD_LETTERS)).some(({ key }) => key === ABORTED))
      violate({ invariant: 'I5', message: 'A record of an aborted transaction was judged.' });
    await setTopic(system, 'portal-logins.v1');
    load.resume();
  },
};

const eachGateway = async (system: System, work: (replica: Replica) => Promise<unknown>): Promise<void> =>
  void (await Promise.all(system.gateways.map(work)));

async function waitingOf(system: System, topic: string): Promise<number> {
  const { rows } = await system.sql.gateway.query<{ n: number }>('select count(*)::int as n from outbox where topic = $1', [
    topic,
  ]);
  return rows[0]!.n;
}

async function allPublished({ sql }: System): Promise<void> {
  for (const end = Date.now() + RECOVERY_MS; (await waitingEvents(sql.gateway)) > 0 && Date.now() < end;) await sleep(100);
}

async function setSecurity({ app }: Replica, settings: Record<string, string>): Promise<void> {
  for (const name of ['KAFKA_SSL', 'NODE_EXTRA_CA_CERTS']) delete app.settings[name];
  Object.assign(app.settings, settings);
  await app.kill();
  await app.startUntilReady();
}

/** Writes the records into their partitions again: first those of some keys, whose last change then lies before the stored offsets. */
async function refill(system: System, records: readonly TopicRecord[], first: ReadonlySet<string>): Promise<void> {
  const sorted = [...records].sort((a, b) => a.timestamp - b.timestamp || a.offset - b.offset);
  const isFirst = ({ key }: TopicRecord): boolean => first.has(key ?? '');
  const ordered = [...sorted.filter(isFirst), ...sorted.filter((record) => !isFirst(record))];
  await withProducer(system.brokerAddresses, (producer) =>
    producer.send({
      topic: LOGINS,
      acks: -1,
      messages: ordered.map(({ partition, key, bytes, headers }) => ({ partition, key, value: bytes, headers })),
    }),
  );
}

async function abortTransaction(system: System): Promise<void> {
  const producer = plainKafka(system.brokerAddresses, 'faults').producer({
    transactionalId: `faults-${Date.now()}`,
    maxInFlightRequests: 1,
    idempotent: true,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic: LOGINS, messages: inEachPartition(ABORTED) });
  await transaction.abort();
  await producer.disconnect();
}

const appendToEach = (system: System): Promise<unknown> =>
  withProducer(system.brokerAddresses, (producer) =>
    producer.send({ topic: LOGINS, acks: -1, messages: inEachPartition(String(UNUSED_CONTACT_IDS)) }),
  );

const inEachPartition = (key: string) => Array.from({ length: 6 }, (_, partition) => ({ partition, key, value: 'no event' }));

/** @returns how many records are left once compaction has begun, or after the time for it */
async function compacted(system: System, before: number): Promise<number> {
  for (const end = Date.now() + RECOVERY_MS; ; await sleep(2_000)) {
    const left = (await new TopicReader(system.brokerAddresses).read(LOGINS)).length;
    if (left < before || Date.now() > end) return left;
  }
}

export const LOG_FAULTS: readonly Fault[] = [largeBacklog, heldTlsLine, topicRefilled, compactedFromZero];
