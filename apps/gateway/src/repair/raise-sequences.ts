import type pg from 'pg';
import type { SeenMaxima } from './seen-record.js';

/**
 * The gap above everything that is known: callers can hold ids and versions that were answered and never published.
 */
export const JUMP = 1_000;

const RAISE = `select setval($1::regclass, greatest((select last_value from pg_sequences
  where format('%I.%I', schemaname, sequencename)::regclass = $1::regclass), 0, $2::bigint) + ${JUMP})`;
const RAISE_IDS = RAISE.replaceAll('$1', `pg_get_serial_sequence($1, 'id')`);

/** The table whose ids each of these is. */
const TABLES = { contactId: 'contact', companyId: 'company', tagId: 'tag', tokenId: 'api_token' } as const;

/** Raises the sequences above every number that the topics have seen. */
export async function raiseSequences(session: pg.Client, maxima: SeenMaxima): Promise<void> {
  await session.query(RAISE, ['outbox_id_seq', maxima.position]);
  for (const name of Object.keys(TABLES) as (keyof typeof TABLES)[]) await session.query(RAISE_IDS, [TABLES[name], maxima[name]]);
}
