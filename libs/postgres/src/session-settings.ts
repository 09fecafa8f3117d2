import type pg from 'pg';

/** Time limits of a session, in milliseconds; what is left out has no limit. */
export interface SessionLimits {
  statementMs?: number;
  lockMs?: number;
  idleInTransactionMs?: number;
}

/**
 * What the code relies on, whatever the role, the database or the server's configuration say.
 *
 * `synchronous_commit`: with it off a crash would take back what the relay has already published. `row_security` off makes a policy
 * that hides rows an error. Writers count on a fresh read after each lock: `read committed`.
 */
const PINNED = {
  default_transaction_isolation: 'read committed',
  synchronous_commit: 'on',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  row_security: 'off',
  TimeZone: 'UTC',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
} as const;

/** The settings of every session, by the server's names. A search path of the URL's own is kept. */
export const sessionSettings = (limits: SessionLimits, options = ''): Readonly<Record<string, string>> => ({
  ...PINNED,
  ...(options.includes('search_path') ? {} : { search_path: 'public' }),
  statement_timeout: `${limits.statementMs ?? 0}ms`,
  lock_timeout: `${limits.lockMs ?? 0}ms`,
  idle_in_transaction_session_timeout: `${limits.idleInTransactionMs ?? 0}ms`,
});

const SET = 'select name, set_config(name, value, false) as value from unnest($1::text[], $2::text[]) as setting (name, value)';
const READ = 'select name, current_setting(name) as value from unnest($1::text[]) as setting (name)';

interface Setting {
  name: string;
  value: string;
}

/**
 * Sets the settings by a statement: a pooler may refuse or ignore them as start-up parameters.
 * @returns them as the server shows them
 */
export async function applySettings(client: pg.ClientBase, settings: Readonly<Record<string, string>>): Promise<Setting[]> {
  const { rows } = await client.query<Setting>(SET, [Object.keys(settings), Object.values(settings)]);
  return rows;
}

/** The names of settings that the session does not have any more. */
export async function lostSettings(client: pg.ClientBase, applied: readonly Setting[]): Promise<string[]> {
  const { rows } = await client.query<Setting>(READ, [applied.map(({ name }) => name)]);
  const present = new Map(rows.map(({ name, value }) => [name, value]));
  return applied.filter(({ name, value }) => present.get(name) !== value).map(({ name }) => name);
}
