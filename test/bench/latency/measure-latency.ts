import { setTimeout as sleep } from 'node:timers/promises';
import { topicOf } from '#app/contracts';
import { CHANGES } from '../changes.js';
import { cpuEach, cpuTimes, type CpuTimes } from '../cpu.js';
import { nextBody } from '../load.js';
import { versionOf, type ChangeTimes } from '../login-latency.js';
import { clockMs, eventTimes, RecordWatch, type EventTimes } from '../record-watch.js';
import { seedGateway } from '../seed.js';
import type { Bench } from '../system.js';
import { AppliedWatch } from './applied-watch.js';
import { Connections, paced, type Pace } from './paced.js';

const LOGINS_TOPIC = topicOf('portal-logins.v1');
const CONTACTS_TOPIC = topicOf('contacts.v1');
const PATH = '/external/api/v1/contacts';
/** Contacts with a login that `CHANGES.emails` prepares: each is changed once before any is changed again. */
const WITH_LOGINS = 1_000;
/** V8 compiles a login's way for thousands of changes: after 300 of them the auth app took 1.3 and 1.5 times the CPU. */
const WARM_UP: Pace = { perSecond: 300, count: 4_500 };
/** Records that kafkajs sends while the relay is measured: few, so that they are no load. */
const BESIDE_PER_SECOND = 50;

export interface LatencyOptions {
  seconds: number;
  perSecond: number;
  eventsPerSecond: number;
}

/** The times of changes of logins at a fixed rate, and of events through relay and kafkajs' own producer at a higher one. */
export interface Latencies {
  options: LatencyOptions;
  changes: ChangeTimes[];
  /** CPU µs a change of a login of each part; undefined where the system has no `/proc`. */
  changeCpu: CpuTimes | undefined;
  /** From an update's HTTP answer, which follows its commit, to a consumer. */
  relayed: EventTimes[];
  /** From a call of kafkajs' send to its eachMessage, while the updates go on, so with the same load of the machine. */
  beside: EventTimes[];
  /** The same with nothing beside it, at the rate of the updates. */
  alone: EventTimes[];
}

/** Changes emails of logins and then contacts at fixed rates, and times each leg. */
export async function measureLatency(options: LatencyOptions, bench: Bench): Promise<Latencies> {
  const { say, brokers, gatewayDatabaseUrl, publicKeys, authDatabaseUrl, gatewayPort } = bench;
  const { seconds, perSecond, eventsPerSecond } = options;
  await seedGateway(gatewayDatabaseUrl);
  await CHANGES['emails']!.prepare!(gatewayDatabaseUrl, publicKeys);
  await bench.flushTables();
  const watch = await RecordWatch.start(brokers, [LOGINS_TOPIC, CONTACTS_TOPIC]);
  const connections = new Connections(gatewayPort);
  const applied = await AppliedWatch.start(authDatabaseUrl);
  const parts: Parts = { bench, watch, connections, applied };
  try {
    say('Warming up …');
    await changeLogins(WARM_UP, parts);
    say(`${perSecond} changes of logins a second …`);
    const before = cpuTimes();
    const count = seconds * perSecond;
    const changes = await changeLogins({ perSecond, count }, parts);
    const changeCpu = cpuEach(before, count);
    const pace = { perSecond: eventsPerSecond, count: seconds * eventsPerSecond };
    say(`${eventsPerSecond} updates a second …`);
    await relayed({ ...pace, count: eventsPerSecond }, parts);
    const few = { perSecond: BESIDE_PER_SECOND, count: seconds * BESIDE_PER_SECOND };
    const [throughRelay, beside] = await Promise.all([relayed(pace, parts), plainly(few, watch)]);
    await sleep(500);
    say(`${eventsPerSecond} records a second by kafkajs …`);
    await plainly({ ...pace, count: eventsPerSecond }, watch);
    return { options, changes, changeCpu, relayed: throughRelay, beside, alone: await plainly(pace, watch) };
  } finally {
    connections.close();
    await applied.stop();
    await watch.stop();
  }
}

interface Parts {
  bench: Bench;
  watch: RecordWatch;
  connections: Connections;
  applied: AppliedWatch;
}

let serial = 0;

async function changeLogins(pace: Pace, { bench, watch, connections, applied }: Parts): Promise<ChangeTimes[]> {
  const changes: ChangeTimes[] = [];
  await paced(pace, async () => {
    const id = 1 + (serial++ % WITH_LOGINS);
    const body = JSON.stringify({ email: `paced.${serial}@example.org` });
    const { version, answeredAt } = await connections.borrow(async (connection) => {
      const answer = await connection.post(`${PATH}/${id}`, bench.apiToken, body);
      return { version: versionOf(answer), answeredAt: clockMs() };
    });
    const appliedAt = await applied.applied(id, version);
    const { appendedAt, receivedAt } = await watch.record(LOGINS_TOPIC, id, version);
    changes.push({
      wholeMs: appliedAt - answeredAt,
      toBrokerMs: appendedAt - answeredAt,
      toConsumerMs: receivedAt - appendedAt,
      toAppliedMs: appliedAt - receivedAt,
    });
  });
  return changes;
}

async function relayed(pace: Pace, { bench, watch, connections }: Parts): Promise<EventTimes[]> {
  const times: EventTimes[] = [];
  await paced(pace, async (n) => {
    const id = WITH_LOGINS + 1 + (n % WITH_LOGINS);
    const { version, answeredAt } = await connections.borrow(async (connection) => {
      const { status, body } = await connection.post(`${PATH}/${id}`, bench.apiToken, nextBody());
      if (status !== 200) throw new Error(`The gateway answered ${status}: ${body}`);
      const answeredAt = clockMs();
      return { version: (JSON.parse(body) as { data: { version: number } }).data.version, answeredAt };
    });
    times.push(eventTimes(answeredAt, await watch.record(CONTACTS_TOPIC, id, version)));
  });
  return times;
}

async function plainly(pace: Pace, watch: RecordWatch): Promise<EventTimes[]> {
  const times: EventTimes[] = [];
  await watch.withPlainSend((send) => paced(pace, async () => void times.push(await send())));
  return times;
}
