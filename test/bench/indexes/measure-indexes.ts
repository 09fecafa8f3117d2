import { readFileSync } from 'node:fs';
import { SeededRandom } from '#app/system/testing';
import pg from 'pg';
import { CONTACTS } from '../changes.js';
import { seedGateway } from '../seed.js';
import type { Bench } from '../system.js';

const BATCH = 16;
const BATCHES = 600;
const SEED = 1;
/** The gateway empties the pending list each second: after some 60 batches of a thousand updates a second. */
const BATCHES_A_CLEANING = 60;

/** As the gateway writes a batch: all indexes of a contact that changes an indexed column are written. */
const UPDATE = `update contact set first_name = new.first_name, phone_1 = new.phone_1, version = contact.version + 1, updated_at = clock_timestamp()
  from unnest($1::bigint[], $2::text[], $3::text[]) as new (id, first_name, phone_1) where contact.id = new.id`;
const CLEAN = "select gin_clean_pending_list('contact_trigrams')";

const INDEXES = `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition, am.amname as kind
  from pg_index join pg_class c on c.oid = indexrelid join pg_am am on am.oid = c.relam
  where indrelid = 'contact'::regclass and not indisprimary order by 1`;

interface Index {
  name: string;
  definition: string;
  kind: string;
}

/** CPU µs of PostgreSQL an updated contact. */
interface Cost {
  update: number;
  /** Emptying the pending list of trigrams. */
  cleaning: number;
}

/** The costs with all indexes, by round, and what each index adds, by round. */
export interface IndexCosts {
  all: Cost[];
  added: { index: Index; costs: Cost[] }[];
}

/** Measures updates without one index after the other, and each time with it once it is made again. */
export async function measureIndexes({ rounds }: { rounds: number }, { gatewayDatabaseUrl, say }: Bench): Promise<IndexCosts> {
  await seedGateway(gatewayDatabaseUrl);
  const sql = new pg.Client({ connectionString: gatewayDatabaseUrl });
  await sql.connect();
  try {
    // As in a session of the gateway: updates do not empty the pending list.
    await sql.query(`set gin_pending_list_limit = '64MB'`);
    // A flush costs the same with any indexes.
    await sql.query('set synchronous_commit = off');
    const { rows: indexes } = await sql.query<Index>(INDEXES);
    const measured: IndexCosts = { all: [], added: indexes.map((index) => ({ index, costs: [] })) };
    await costOf(sql, true);
    for (let round = 1; round <= rounds; round++) {
      for (const { index, costs } of measured.added) {
        const isGin = index.kind === 'gin';
        await sql.query(`drop index ${index.name}`);
        const without = await costOf(sql, !isGin);
        await sql.query(index.definition);
        const all = await costOf(sql, true);
        measured.all.push(all);
        costs.push({ update: all.update - without.update, cleaning: isGin ? all.cleaning : 0 });
      }
      say(`Round ${round} of ${rounds}: ${measured.all.at(-1)!.update.toFixed(0)} µs with all`);
    }
    return measured;
  } finally {
    await sql.end();
  }
}

let serial = 0;

async function costOf(sql: pg.Client, hasTrigrams: boolean): Promise<Cost> {
  await sql.query('vacuum analyze contact');
  const cpu = await backendCpu(sql);
  const random = new SeededRandom(SEED);
  const began = cpu();
  let cleaning = 0;
  for (let batch = 1; batch <= BATCHES; batch++) {
    await sql.query({ name: 'update', text: UPDATE, values: changesOf(random) });
    if (!hasTrigrams || batch % BATCHES_A_CLEANING !== 0) continue;
    const before = cpu();
    await sql.query(CLEAN);
    cleaning += cpu() - before;
  }
  const items = BATCHES * BATCH;
  return { update: (cpu() - began - cleaning) / items, cleaning: cleaning / items };
}

function changesOf(random: SeededRandom): [number[], string[], string[]] {
  const ids = [...new Set(Array.from({ length: BATCH }, () => 1 + random.below(CONTACTS)))];
  const numbers = ids.map(() => ++serial);
  return [ids, numbers.map((n) => `Anna ${n}`), numbers.map((n) => `+44 20 ${String(n).padStart(8, '0')}`)];
}

/** @returns a function that reads the µs which this session's process was on a core */
async function backendCpu(sql: pg.Client): Promise<() => number> {
  const { rows } = await sql.query<{ pid: number }>('select pg_backend_pid() as pid');
  return () => Number(readFileSync(`/proc/${rows[0]!.pid}/schedstat`, 'utf8').split(' ')[0]) / 1_000;
}
