import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessHost } from '#app/system';
import { SeededRandom } from '#app/system/testing';
import type pg from 'pg';
import { Load } from '../../faults/load/load.js';
import { builtFormerRelease } from '../former-release.js';
import { MixedSystem } from './mixed-system.js';
import type { Options } from './options.js';
import { STEPS } from './steps.js';

const AROUND_MS = 5_000;
const SLICE = 100_000;
/** The contract's longest wait for an answer. */
const LONGEST_MS = 2_000;

/** What requests saw while the set-ups migrated large tables. */
export interface LargeMigration {
  contacts: number;
  setUpSeconds: number;
  requests: number;
  refused: number;
  slowestMs: number;
  slowestBeforeMs: number;
  violations: string[];
}

/** Migrates a former release's large tables beside its running apps, and measures their requests. */
export async function migrateLargeTable(
  options: Options,
  host: ProcessHost,
  say: (line: string) => void,
): Promise<LargeMigration> {
  const built = await builtFormerRelease(say);
  say('Starting PostgreSQL and Kafka …');
  const system = await MixedSystem.start(host, built);
  try {
    await system.setUp('former');
    await insertContacts(system.sql.gateway, options.contacts, say);
    await system.take(STEPS[0]!.formation);
    const load = new Load(
      system,
      { clients: options.clients, pauseMs: 20, canary: 'drill' },
      new SeededRandom(options.seed),
      'drill',
    );
    await load.prepare();
    load.start();
    await sleep(AROUND_MS);
    say('Migrating beside the running release …');
    const began = Date.now();
    await system.setUp('current');
    const ended = Date.now();
    await sleep(AROUND_MS);
    await load.stop();
    const attempts = load.history.operations.flatMap((operation) => operation.attempts);
    const slowestIn = (from: number, to: number): number =>
      Math.round(Math.max(0, ...attempts.filter(({ at, ms }) => at + ms >= from && at < to).map(({ ms }) => ms)));
    const slowestMs = slowestIn(began, ended);
    const during = attempts.filter(({ at, ms }) => at + ms >= began && at < ended);
    return {
      contacts: options.contacts,
      setUpSeconds: (ended - began) / 1_000,
      requests: during.length,
      refused: during.filter(({ status }) => status === 503).length,
      slowestMs,
      slowestBeforeMs: slowestIn(began - AROUND_MS, began),
      violations: slowestMs > LONGEST_MS ? [`A request took ${slowestMs} ms.`] : [],
    };
  } finally {
    await system.close();
  }
}

async function insertContacts(sql: pg.Pool, contacts: number, say: (line: string) => void): Promise<void> {
  await sql.query(`insert into company (name, created_at, updated_at) values ('Large', now(), now())`);
  for (let made = 0; made < contacts; made += SLICE) {
    await sql.query(
      `with k as (insert into contact (version, first_name, last_name, email, email_key, phone_1, created_at, updated_at)
           select 1, 'Anna', 'Example ' || n, n || '@large.example', n || '@large.example', '+44 ' || n, now(), now()
           from generate_series($1::int + 1, $2::int) n returning id)
         insert into contact_company select id, (select min(id) from company), 0, false, false, false, false from k`,
      [made, Math.min(made + SLICE, contacts)],
    );
    say(`${Math.min(made + SLICE, contacts).toLocaleString('en')} contacts`);
  }
  await sql.query('analyze');
}

/** The result for people. */
export const migrationReport = (result: LargeMigration): string =>
  [
    `${result.contacts.toLocaleString('en')} contacts migrated in ${result.setUpSeconds.toFixed(1)} s beside the running release: ` +
      `${result.requests} requests, ${result.refused} of them 503, the slowest ${result.slowestMs} ms (${result.slowestBeforeMs} ms in the seconds before).`,
    ...result.violations,
  ].join('\n');
