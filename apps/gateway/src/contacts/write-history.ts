import type { EntityManager } from '@mikro-orm/postgresql';
import { isCompanyEvent, type ContactSyncEvent } from '#app/contracts';
import { query } from '#app/postgres';
import { historyOf } from './contact.history.js';

/** Adds events to the histories of their contacts, in the transaction of the change; a company has no history there. */
export async function recordHistory(em: EntityManager, recorded: readonly ContactSyncEvent[]): Promise<void> {
  const events = recorded.filter((event) => !isCompanyEvent(event));
  // The history of a deleted contact went with it.
  const deleted = new Set(events.filter(({ name }) => name === 'ContactDeleted').map(({ data }) => data.contact_id));
  const rows = events.map(historyOf).filter((row) => row !== null && !deleted.has(row.contact_id));
  if (rows.length === 0) return;
  await query(
    em,
    `insert into contact_event (id, contact_id, type, version, created_at, request_id, token_id, changes)
       select * from json_to_recordset($1::json) as r(id uuid, contact_id bigint, type text, version bigint,
         created_at timestamptz, request_id text, token_id bigint, changes json)`,
    [JSON.stringify(rows)],
  );
}
