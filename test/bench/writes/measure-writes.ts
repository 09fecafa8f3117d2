import { setTimeout as sleep } from 'node:timers/promises';
import { nextBody } from '../load.js';
import { Connection } from '../connection.js';
import { cpuEach, cpuTimes, type CpuTimes } from '../cpu.js';
import { CONTACTS } from '../changes.js';
import { seedGateway, untilPublished } from '../seed.js';
import type { Bench } from '../system.js';

const PATH = '/external/api/v1/contacts';
const CONNECTIONS = 32;
const COMPANIES = 100;
const BATCH = 100;

/** How fast writes of one kind are, one round each. */
export interface WriteFigures {
  name: string;
  /** Items a second, by round. */
  itemsPerSecond: number[];
  /** CPU µs an item of each part until its events are published, by round. */
  cpu: (CpuTimes | undefined)[];
}

/** A kind of write: one request of a connection. @returns items that were written */
interface Kind {
  name: string;
  connections: number;
  write: (connection: Connection) => Promise<number>;
}

/** Measures each kind of write by turns, so that all rounds see the same machine. */
export async function measureWrites(options: { rounds: number; seconds: number }, bench: Bench): Promise<WriteFigures[]> {
  const { say, gatewayDatabaseUrl } = bench;
  await seedGateway(gatewayDatabaseUrl);
  await bench.flushTables();
  const kinds = kindsOf(bench.apiToken);
  const figures = kinds.map(({ name }): WriteFigures => ({ name, itemsPerSecond: [], cpu: [] }));
  say('Warming up …');
  for (const kind of kinds) await round(kind, 1, bench);
  for (let number = 1; number <= options.rounds; number++) {
    for (const [index, kind] of kinds.entries()) {
      const { itemsPerSecond, cpu } = await round(kind, options.seconds, bench);
      figures[index]!.itemsPerSecond.push(itemsPerSecond);
      figures[index]!.cpu.push(cpu);
    }
    say(
      `Round ${number} of ${options.rounds}: ${figures.map((each) => Math.round(each.itemsPerSecond.at(-1)!)).join(', ')} items/s`,
    );
  }
  return figures;
}

function kindsOf(token: string): Kind[] {
  let serial = 0;
  const created: string[] = [];
  const upserted: string[] = [];
  const one = (work: (connection: Connection) => Promise<unknown>) => (connection: Connection) => work(connection).then(() => 1);
  const send = async (connection: Connection, method: string, path: string, body?: object) => {
    const { status, body: answer } = await connection.request(method, path, token, body);
    if (status >= 300) throw new Error(`${method} ${path} was answered by ${status}: ${answer}`);
    return answer;
  };
  const idOf = (answer: string): string => (JSON.parse(answer) as { data: { id: string } }).data.id;
  const contactId = (): number => 1 + (serial++ % CONTACTS);
  const contact = (company_id: number): object => ({ first_name: `Anna ${serial++}`, company_id });
  const creation = (companyOf: () => number) =>
    one(async (connection) => created.push(idOf(await send(connection, 'POST', PATH, contact(companyOf())))));
  const batch = async (connection: Connection, headers?: string): Promise<number> => {
    const items = Array.from({ length: BATCH }, () => ({ id: contactId(), ...(JSON.parse(nextBody()) as object) }));
    const { status, body } = await connection.post(`${PATH}/batch`, token, JSON.stringify({ items }), headers);
    if (status !== 207) throw new Error(`A batch was answered by ${status}: ${body}`);
    const { data } = JSON.parse(body) as { data: { status: number }[] };
    return data.filter(({ status }) => status === 200).length;
  };
  return [
    {
      name: 'updates one by one, 1 connection',
      connections: 1,
      write: one((connection) => connection.post(`${PATH}/${contactId()}`, token, nextBody())),
    },
    { name: `batches of ${BATCH} updates, 1 connection`, connections: 1, write: (connection) => batch(connection) },
    {
      name: `the same under keys, 1 connection`,
      connections: 1,
      write: (connection) => batch(connection, `Idempotency-Key: batch-${serial++}\r\n`),
    },
    { name: 'creations in 100 companies', connections: CONNECTIONS, write: creation(() => 1 + (serial % COMPANIES)) },
    { name: 'creations in one company', connections: CONNECTIONS, write: creation(() => 1) },
    {
      name: 'upserts that create',
      connections: CONNECTIONS,
      write: one(async (connection) => {
        const email = `upserted.${serial}@example.org`;
        await send(connection, 'PATCH', PATH, { ...contact(1 + (serial % COMPANIES)), email });
        upserted.push(email);
      }),
    },
    {
      name: 'upserts that update',
      connections: CONNECTIONS,
      write: one((connection) =>
        send(connection, 'PATCH', PATH, { first_name: `Anna ${serial++}`, email: upserted[serial % upserted.length] }),
      ),
    },
    {
      name: 'reads of one contact',
      connections: CONNECTIONS,
      write: one(async (connection) => {
        const { status, body } = await connection.get(`${PATH}/${contactId()}`, token);
        if (status !== 200) throw new Error(`A read was answered by ${status}: ${body}`);
      }),
    },
    {
      name: 'deletions',
      connections: CONNECTIONS,
      write: async (connection) => {
        const id = created.pop();
        // So that a round with nothing left ends at its time.
        if (id === undefined) return sleep(10, 0);
        await send(connection, 'DELETE', `${PATH}/${id}`);
        return 1;
      },
    },
  ];
}

async function round(
  { connections: count, write }: Kind,
  seconds: number,
  { gatewayPort, gatewayDatabaseUrl }: Bench,
): Promise<{ itemsPerSecond: number; cpu: CpuTimes | undefined }> {
  const before = cpuTimes();
  const connections = await Promise.all(Array.from({ length: count }, () => Connection.open(gatewayPort)));
  const began = performance.now();
  const end = began + seconds * 1_000;
  let items = 0;
  await Promise.all(
    connections.map(async (connection) => {
      while (performance.now() < end) {
        const written = await write(connection);
        items += written;
      }
    }),
  );
  const itemsPerSecond = items / ((performance.now() - began) / 1_000);
  for (const connection of connections) connection.close();
  await untilPublished(gatewayDatabaseUrl);
  return { itemsPerSecond, cpu: cpuEach(before, items) };
}
