import type pg from 'pg';

/** Time limits of a session, in milliseconds; an absent one means no limit. */
export interface SessionLimits {
  statementMs?: number;
  lockMs?: number;
  idleInTransactionMs?: number;
}

/**
 * Time limits of sessions that serve requests and consumers, in milliseconds.
 *
 * `statementMs` is the server's limit; `answerMs` is the client's, for a silent server. Each step ends within the two
 * seconds that a caller waits for 503.
 */
export const SESSION_LIMITS = {
  connectMs: 1_700,
  lockMs: 1_500,
  statementMs: 1_600,
  answerMs: 1_700,
  idleInTransactionMs: 10_000,
} as const;

/**
 * Session settings that the code needs, whatever the role, the database or the server's configuration set.
 *
 * `synchronous_commit`: when it is off, a crash can undo a commit that the relay has already published. `row_security` off turns
 * a policy that hides rows into an error. Writers need a fresh read after each lock: `read committed`. `gin_pending_list_limit`: an update
 * that finds a longer list empties it, and waits for that; the gateway does so in the background before. `array_nulls` off reads a null in a
 * list as the text NULL, `gin_fuzzy_search_limit` leaves rows out of lists. A connection of a pool may be idle, and an export takes minutes.
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
  gin_pending_list_limit: '64MB',
  array_nulls: 'on',
  gin_fuzzy_search_limit: '0',
  idle_session_timeout: '0',
  transaction_timeout: '0',
} as const;

/** The settings of every session, by the server's names. A search path in the URL is kept. */
export const sessionSettings = (limits: SessionLimits, options = ''): Readonly<Record<string, string>> => ({
  ...PINNED,
  ...(options.includes('search_path') ? {} : { search_path: 'public' }),
  statement_timeout: `${limits.statementMs ?? 0}ms`,
  lock_timeout: `${limits.lockMs ?? 0}ms`,
  idle_in_transaction_session_timeout: `${limits.idleInTransactionMs ?? 0}ms`,
});

// An older server does not know each of them; a name with a dot belongs to no server.
const SET = `select name, set_config(name, value, false) as value from unnest($1::text[], $2::text[]) as setting (name, value)
  where name like '%.%' or current_setting(name, true) is not null`;
const READ = 'select name, current_setting(name) as value from unnest($1::text[]) as setting (name)';

interface Setting {
  name: string;
  value: string;
}

/**
 * Sets the settings that the server knows by a statement, because a pooler may reject or ignore start-up parameters.
 * @returns the settings as the server shows them
 */
export async function applySettings(client: pg.ClientBase, settings: Readonly<Record<string, string>>): Promise<Setting[]> {
  const { rows } = await client.query<Setting>(SET, [Object.keys(settings), Object.values(settings)]);
  return rows;
}

/** The names of settings that the session has lost. */
export async function lostSettings(client: pg.ClientBase, applied: readonly Setting[]): Promise<string[]> {
  const { rows } = await client.query<Setting>(READ, [applied.map(({ name }) => name)]);
  const present = new Map(rows.map(({ name, value }) => [name, value]));
  return applied.filter(({ name, value }) => present.get(name) !== value).map(({ name }) => name);
}
