import { isCompanyEvent, type ContactSyncEvent } from '#app/contracts';
import { joinedList, listIn, send, type PreparedStatement, type StatementRunner } from '#app/postgres';
import { historyOf, type HistoryRow } from './contact.history.js';

const INSERT: PreparedStatement = {
  name: 'history-insert',
  text: `insert into contact_event (id, contact_id, type, version, created_at, request_id, token_id, changes)
    select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::bigint[], $5::timestamptz[],
      ${listIn(6)}, ${listIn(7)}::bigint[], ${listIn(8)}::json[])`,
};

/** Adds events to the histories of their contacts, in the transaction of the change; companies have no history. */
export async function recordHistory(runner: StatementRunner, recorded: readonly ContactSyncEvent[]): Promise<void> {
  const events = recorded.filter((event) => !isCompanyEvent(event));
  // The history of a deleted contact is deleted with it.
  const deleted = new Set(events.filter(({ name }) => name === 'ContactDeleted').map(({ data }) => data.contact_id));
  const rows = events.map(historyOf).filter((row): row is HistoryRow => row !== null && !deleted.has(row.contact_id));
  if (rows.length === 0) return;
  const column = <K extends keyof HistoryRow>(name: K): HistoryRow[K][] => rows.map((row) => row[name]);
  await send(runner, INSERT, [
    column('id'),
    column('contact_id'),
    column('type'),
    column('version'),
    column('created_at'),
    joinedList(column('request_id')),
    joinedList(column('token_id')),
    joinedList(column('changes').map((changes) => JSON.stringify(changes))),
  ]);
}
