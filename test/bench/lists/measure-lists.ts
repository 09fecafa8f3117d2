import { Connection, type Answer } from '../connection.js';
import { median } from '../statistics.js';
import type { Bench } from '../system.js';
import { LIST_CASES, readSample, type Sample } from './list-cases.js';

const FEW_CONTACTS = 10_000;
const WARM_UPS = 5;
const REPETITIONS = 25;
const BASE_PATH = '/external/api/v1';

/** Medians in milliseconds by the name of the case. */
export type Timings = ReadonlyMap<string, number>;

/** The same cases with few contacts and with many. */
export interface ListMeasurements {
  few: { contacts: number; timings: Timings };
  many: { contacts: number; timings: Timings };
}

/** Fills the database twice, and measures lists and an update each time. */
export async function measureLists({ contacts }: { contacts: number }, bench: Bench): Promise<ListMeasurements> {
  const { say } = bench;
  const measureWith = async (total: number, added: number) => {
    say(`Making ${added.toLocaleString('en')} contacts …`);
    await bench.addContacts(added);
    say(`Timing with ${total.toLocaleString('en')} contacts …`);
    return { contacts: total, timings: await timeAll(bench, await readSample(bench.gatewayDatabaseUrl)) };
  };
  return {
    few: await measureWith(FEW_CONTACTS, FEW_CONTACTS),
    many: await measureWith(contacts, Math.max(1, contacts - FEW_CONTACTS)),
  };
}

async function timeAll({ gatewayPort, apiToken }: Bench, sample: Sample): Promise<Timings> {
  const connection = await Connection.open(gatewayPort);
  const timings = new Map<string, number>();
  try {
    for (const { name, path } of LIST_CASES)
      timings.set(name, await timeOne(() => connection.get(BASE_PATH + path(sample), apiToken)));
    let serial = 0;
    const update = (): Promise<Answer> => {
      const body = { first_name: `Anna ${++serial}`, phone_1: `+44 20 ${serial}`, email: `anna.${serial}@example.org` };
      return connection.post(`${BASE_PATH}/contacts/${Number(sample.id) + (serial % 100)}`, apiToken, JSON.stringify(body));
    };
    timings.set('an update of name, phone, email', await timeOne(update));
  } finally {
    connection.close();
  }
  return timings;
}

async function timeOne(ask: () => Promise<Answer>): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < WARM_UPS + REPETITIONS; n++) {
    const began = performance.now();
    const { status, body } = await ask();
    if (status !== 200) throw new Error(`The gateway answered ${status}: ${body}`);
    if (n >= WARM_UPS) times.push(performance.now() - began);
  }
  return median(times);
}
