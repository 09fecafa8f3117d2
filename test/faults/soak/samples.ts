import { readdirSync, readFileSync } from 'node:fs';
import type { System } from '../system/system.js';

/** The measures of one moment, by name. */
export type Sample = ReadonlyMap<string, number>;

const MIB = 1024 * 1024;

/**
 * Memory and handles of the processes that run through the whole soak, database sessions, and the outbox. A measure that
 * the machine does not offer is missing.
 */
export async function takeSample({ gateways, auths, sql }: System): Promise<Sample> {
  const sample = new Map<string, number>();
  for (const { app } of [gateways[0]!, auths[0]!]) {
    if (app.pid === undefined) continue;
    sample.set(`${app.name} memory, MiB`, memoryMiB(app.pid, 'VmRSS'));
    sample.set(`${app.name} handles`, handlesOf(app.pid));
  }
  const { rows } = await sql.gateway.query<{ sessions: number; outbox: number; waiting: number }>(
    `select (select count(*) from pg_stat_activity where datname like 'faults_%')::float8 as sessions,
       pg_total_relation_size('outbox')::float8 as outbox, (select count(*) from outbox)::float8 as waiting`,
  );
  sample.set('database sessions', rows[0]!.sessions);
  sample.set('outbox on disk, MiB', rows[0]!.outbox / MIB);
  sample.set('events waiting', rows[0]!.waiting);
  return new Map([...sample].filter(([, value]) => Number.isFinite(value)));
}

/** A process's resident memory, as it is (`VmRSS`) or as it was at its highest (`VmHWM`); NaN where the machine does not tell. */
export function memoryMiB(pid: number, measure: 'VmRSS' | 'VmHWM'): number {
  try {
    return Number(new RegExp(`${measure}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return NaN;
  }
}

function handlesOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return NaN;
  }
}
