import { setTimeout as sleep } from 'node:timers/promises';
import { topicOf } from '#app/contracts';
import type { TopicRecord } from '#app/system/testing';
import pg from 'pg';
import { preloadOf } from '../seams/preload-of.js';
import type { Replica, System } from '../system/system.js';
import { newestEvent, oldestEvent } from './database.faults.js';
import type { Fault, FaultContext } from './fault.js';
import { setTopic } from './topic-config.js';

const RECOVERY_MS = 30_000;
/** Events of this time must be published. */
const COMMITTING_MS = 3_000;
const LOCKED_SECONDS = 10;
/** Every record of the load is larger. */
const TOO_SMALL_BYTES = '300';
/** More than the connections of a gateway, several times. */
const LISTS = 64;
/** Copies of one record while another topic is refused. */
const MOST_COPIES = 2;
const USUAL_MS = 2_000;
const WRONG_BY_HOURS = [2, -40 * 24];
/** A record's time may differ so much from this process's clock. */
const OWN_TIME_MS = 600_000;

/** Reports the events that are not published within 30 s, while another replica could publish them. */
async function requirePublished({ system, note, violate }: FaultContext): Promise<void> {
  await sleep(COMMITTING_MS);
  const id = await newestEvent(system);
  const began = performance.now();
  const ms = (): number => performance.now() - began;
  while ((await oldestEvent(system)) <= id && ms() < RECOVERY_MS) await sleep(100);
  note(`published again after ${(ms() / 1_000).toFixed(1)} s`);
  if (ms() >= RECOVERY_MS) violate({ invariant: 'I8', message: 'Nothing was published for 30 s, though one replica was well.' });
}

const oneGatewayWithoutBroker: Fault = {
  number: 31,
  name: 'the gateway that publishes is cut off from the broker, the other is not',
  run: async (context) => {
    const { system } = context;
    const leader = await system.untilLeader();
    await system.setBrokerProxies([leader], 'refuse');
    await requirePublished(context);
    await system.setBrokerProxies([leader], 'pass');
  },
};

const oneAuthWithoutDatabase: Fault = {
  number: 32,
  touchesDatabase: true,
  name: 'an auth app is cut off from its database, the other is not',
  run: async ({ system, random, load, settlesWithin, violate }) => {
    const { database } = random.pick(system.auths);
    await database.set('refuse');
    await sleep(3_000);
    await load.pause();
    const pending = await settlesWithin(RECOVERY_MS);
    if (pending.length > 0) violate({ invariant: 'I8', message: `While one auth app was well: ${pending.join(', ')}.` });
    load.resume();
    await database.set('pass');
  },
};

const rowLocked: Fault = {
  number: 33,
  name: 'a contact is locked for ten seconds',
  run: async ({ system, random, load, violate }) => {
    const contactId = random.pick(load.livingContacts);
    const others = load.livingContacts.filter((id) => id !== contactId);
    const patches = [{ phone_1: '1' }, { tags: ['vip'] }, { is_primary: true }, { company_ids: load.companyIds }];
    const since = Date.now();
    await holding(system, [`select from contact where id = ${contactId} for update`], async () => {
      const until = performance.now() + LOCKED_SECONDS * 1_000;
      await Promise.all([
        ...patches.map((body) => updateAgainAndAgain(load, { contactId, body, until })),
        ...others.map((id) => updateAgainAndAgain(load, { contactId: id, body: { phone_2: '2' }, until })),
      ]);
    });
    const unavailable = load.history.operations.filter(
      (operation) =>
        operation.contactId !== contactId &&
        // It takes the flag from the locked contact, so it has to wait for it.
        operation.body?.['is_primary'] !== true &&
        operation.attempts.some(({ status, at }) => status === 503 && at >= since),
    );
    if (unavailable.length > 0) {
      const which = unavailable
        .map(({ method, path, body }) => `${method} ${path} ${Object.keys(body ?? {}).join(',')}`)
        .join('; ');
      violate({ invariant: 'I13', message: `Requests for other contacts than ${contactId} were answered 503: ${which}.` });
    }
  },
};

interface Updates {
  contactId: number;
  body: Record<string, unknown>;
  /** In the time of `performance.now()`. */
  until: number;
}

async function updateAgainAndAgain(load: FaultContext['load'], { contactId, body, until }: Updates): Promise<void> {
  while (performance.now() < until) {
    await load.request({ kind: 'update', contactId, method: 'POST', path: `/contacts/${contactId}`, body, key: undefined });
    await sleep(100);
  }
}

const onePartitionRefused: Fault = {
  number: 34,
  name: 'the broker refuses the records of one topic',
  approximation: 'max.message.bytes is a setting of a topic: all its partitions are refused, and the other topic is not',
  run: async (context) => {
    const { system, load, reader, seconds, lasts, note, violate } = context;
    const topic = topicOf('portal-logins.v1');
    await load.pause();
    await context.rest();
    const before = (await reader.read(topic)).length;
    await setTopic(system, 'contacts.v1', { 'max.message.bytes': TOO_SMALL_BYTES });
    load.resume();
    await lasts(Math.max(seconds, 10));
    const copies = Map.groupBy((await reader.read(topic)).slice(before), ({ headers }) => headers['ce_id']);
    if (copies.size === 0) violate({ invariant: 'I8', message: 'No login was published while the other topic was refused.' });
    const most = Math.max(0, ...[...copies.values()].map(({ length }) => length));
    note(`a login's event was at most ${most} times on its topic`);
    if (most > MOST_COPIES)
      violate({ invariant: 'I12', message: `An event of the topic that was not refused is on it ${most} times.` });
    await setTopic(system, 'contacts.v1');
  },
};

const clockWrong: Fault = {
  number: 36,
  name: 'clock of the gateway that publishes two hours ahead, then forty days behind',
  run: async (context) => {
    const { system, violate } = context;
    const leader = await system.untilLeader();
    const others = system.gateways.filter((replica) => replica !== leader);
    for (const hours of WRONG_BY_HOURS) {
      await Promise.all(system.gateways.map(({ app }) => app.kill()));
      await leader.app.start({ preloads: [preloadOf({ trouble: 'clock', amount: String(hours) })] });
      await leader.app.untilReady();
      await system.untilLeader();
      await Promise.all(others.map(({ app }) => app.startUntilReady()));
      const known = new Set(await recordsOfAllTopics(context));
      await requirePublished(context);
      const fresh = (await recordsOfAllTopics(context)).filter((record) => !known.has(record));
      const strange = fresh.filter(({ timestamp }) => Math.abs(timestamp - Date.now()) > OWN_TIME_MS);
      if (strange.length > 0)
        violate({
          invariant: 'I1',
          message: `${strange.length} of ${fresh.length} records carry a wrong time: retention deletes them.`,
        });
    }
    await restart(leader);
  },
};

const recordsOfAllTopics = async ({ reader }: FaultContext): Promise<TopicRecord[]> => [
  ...(await reader.read(topicOf('contacts.v1'))),
  ...(await reader.read(topicOf('portal-logins.v1'))),
];

const slowLists: Fault = {
  number: 40,
  name: `${LISTS} lists wait for a lock while contacts are read and readiness is watched`,
  run: async (context) => {
    const { system, load, random, violate } = context;
    const stop = new AbortController();
    const ask = (path: string, app: Replica['app']): Promise<Response> =>
      fetch(`${app.url}${path}`, {
        // The gateway keeps an idle connection for ten minutes, and a soak counts its handles.
        headers: { authorization: `Bearer ${system.secrets.apiToken}`, connection: 'close' },
        signal: AbortSignal.timeout(10_000),
      });
    const target = random.pick(system.gateways).app;
    const lists = Array.from({ length: LISTS }, async () => {
      while (!stop.signal.aborted)
        await ask('/external/api/v1/companies', target).then(
          async (response) => void (response.ok ? await response.text() : await sleep(100)),
          () => sleep(100),
        );
    });
    await holding(system, ['lock table company_tag in access exclusive mode'], async () => {
      await sleep(500);
      for (const end = Date.now() + LOCKED_SECONDS * 1_000; Date.now() < end; await sleep(200)) {
        const ready = (await ask('/health/ready', target)).status;
        if (ready !== 200)
          violate({ invariant: 'I14', message: `${target.name} was not ready (${ready}) while its database was well.` });
        const began = performance.now();
        const { status } = await ask(`/external/api/v1/contacts/${random.pick(load.livingContacts)}`, target);
        const ms = performance.now() - began;
        if (![200, 404].includes(status) || ms > USUAL_MS)
          violate({
            invariant: 'I13',
            message: `GET of a contact was answered ${status} after ${Math.round(ms)} ms behind slow lists.`,
          });
      }
    });
    stop.abort();
    await Promise.all(lists);
  },
};

/** Holds the locks of some statements in one transaction on the gateway's database. */
async function holding(system: System, statements: readonly string[], work: () => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: system.databaseUrls.gateway });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('begin');
    for (const statement of statements) await client.query(statement);
    await work();
    await client.query('rollback');
  } finally {
    await client.end();
  }
}

async function restart({ app }: Replica): Promise<void> {
  await app.kill();
  await app.startUntilReady();
}

export const ASYMMETRY_FAULTS: readonly Fault[] = [
  oneGatewayWithoutBroker,
  oneAuthWithoutDatabase,
  rowLocked,
  onePartitionRefused,
  clockWrong,
  slowLists,
];
