import type pg from 'pg';
import type { SeenMaxima } from './seen-keys.js';

/**
 * So far above everything that is known: callers can hold ids and versions that were answered and never published.
 */
export const JUMP = 1_000;

const RAISE = `select setval($1::regclass, greatest((select last_value from pg_sequences
  where format('%I.%I', schemaname, sequencename)::regclass = $1::regclass), 0, $2::bigint) + ${JUMP})`;

/** Has what is numbered from now on numbered above everything that the topics have seen. */
export async function raiseSequences(session: pg.Client, { contactId, companyId, position }: SeenMaxima): Promise<void> {
  const { rows } = await session.query<{ contact: string; company: string }>(
    `select pg_get_serial_sequence('contact', 'id') as contact, pg_get_serial_sequence('company', 'id') as company`,
  );
  const { contact, company } = rows[0]!;
  await session.query(RAISE, ['outbox_id_seq', position]);
  await session.query(RAISE, [contact, contactId]);
  await session.query(RAISE, [company, companyId]);
}
