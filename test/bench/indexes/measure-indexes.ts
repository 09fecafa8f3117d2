import { readFileSync } from 'node:fs';
import { SeededRandom } from '#app/system/testing';
import pg from 'pg';
import { CONTACTS } from '../changes.js';
import { seedGateway } from '../seed.js';
import type { Bench } from '../system.js';

const BATCH = 16;
const BATCHES = 1_200;
const SEED = 1;
const TICK_US = 10_000;

/** As the gateway writes a batch: all indexes of a contact that changes an indexed column are written. */
const UPDATE = `update contact set first_name = new.first_name, phone_1 = new.phone_1, version = contact.version + 1, updated_at = clock_timestamp()
  from unnest($1::bigint[], $2::text[], $3::text[]) as new (id, first_name, phone_1) where contact.id = new.id`;

const INDEXES = `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition, am.amname as kind
  from pg_index join pg_class c on c.oid = indexrelid join pg_am am on am.oid = c.relam
  where indrelid = 'contact'::regclass and not indisprimary order by 1`;

interface Index {
  name: string;
  definition: string;
  kind: string;
}

/** CPU µs of PostgreSQL an updated contact, by round. */
export interface IndexCosts {
  withAll: number[];
  /** The cost while one index is dropped. */
  without: { index: Index; costs: number[] }[];
}

/** Measures updates with all indexes of contacts, and with each of them dropped in turn. */
export async function measureIndexes({ rounds }: { rounds: number }, { gatewayDatabaseUrl, say }: Bench): Promise<IndexCosts> {
  await seedGateway(gatewayDatabaseUrl);
  const sql = new pg.Client({ connectionString: gatewayDatabaseUrl });
  await sql.connect();
  try {
    await sql.query('update contact set email_key = lower(email)');
    // A flush costs the same with any indexes.
    await sql.query('set synchronous_commit = off');
    const { rows: indexes } = await sql.query<Index>(INDEXES);
    const measured: IndexCosts = { withAll: [], without: indexes.map((index) => ({ index, costs: [] })) };
    await costOf(sql);
    for (let round = 1; round <= rounds; round++) {
      measured.withAll.push(await costOf(sql));
      for (const { index, costs } of measured.without) {
        await sql.query(`drop index ${index.name}`);
        costs.push(await costOf(sql));
        await sql.query(index.definition);
      }
      say(`Round ${round} of ${rounds}: ${measured.withAll.at(-1)!.toFixed(0)} µs with all`);
    }
    return measured;
  } finally {
    await sql.end();
  }
}

let serial = 0;

async function costOf(sql: pg.Client): Promise<number> {
  await sql.query('vacuum analyze contact');
  const random = new SeededRandom(SEED);
  const before = await backendTicks(sql);
  for (let batch = 0; batch < BATCHES; batch++) {
    const ids = [...new Set(Array.from({ length: BATCH }, () => 1 + random.below(CONTACTS)))];
    const values = ids.map(() => ++serial);
    const [names, phones] = [values.map((n) => `Anna ${n}`), values.map((n) => `+44 20 ${String(n).padStart(8, '0')}`)];
    await sql.query({ name: 'update', text: UPDATE, values: [ids, names, phones] });
  }
  return (((await backendTicks(sql)) - before) * TICK_US) / (BATCHES * BATCH);
}

async function backendTicks(sql: pg.Client): Promise<number> {
  const { rows } = await sql.query<{ pid: number }>('select pg_backend_pid() as pid');
  const stat = readFileSync(`/proc/${rows[0]!.pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return Number(user) + Number(system);
}
