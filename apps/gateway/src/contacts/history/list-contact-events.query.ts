import { EntityManager } from '@mikro-orm/postgresql';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { query } from '#app/postgres';
import { ContactNotFound } from '../contact.errors.js';
import type { HistoryRow } from '../contact.history.js';
import { rowsBefore, type Page } from '../../wire/page.js';

/** An event of a contact's history, as answers show it. */
export type ContactEvent = Pick<HistoryRow, 'id' | 'type' | 'version' | 'created_at' | 'request_id' | 'changes'> & {
  /** Null without a token. */
  token_name: string | null;
};

/** A page of a contact's history, newest first, and the total of its events. */
interface ContactEvents {
  events: ContactEvent[];
  total: number;
}

/** Reads a page of a contact's history. */
export class ListContactEventsQuery extends Query<ContactEvents> {
  constructor(
    readonly contactId: number,
    readonly page: Page,
  ) {
    super();
  }
}

type EventRow = ContactEvent & { version: string; created_at: Date | string; total: string };

/** A contact's events with their total: one row without an event where the page has none, none without the contact. */
const PAGE = `select (select count(*) from contact_event where contact_id = c.id) as total, e.*
    from contact c left join lateral (
      select e.id, e.seq, e.type, e.version, e.created_at, e.request_id, t.name as token_name, e.changes
        from contact_event e left join api_token t on t.id = e.token_id
       where e.contact_id = c.id order by e.seq desc limit $2 offset $3
    ) e on true
   where c.id = $1 order by e.seq desc`;

@QueryHandler(ListContactEventsQuery)
export class ListContactEventsHandler implements IQueryHandler<ListContactEventsQuery> {
  constructor(private readonly em: EntityManager) {}

  async execute({ contactId, page }: ListContactEventsQuery): Promise<ContactEvents> {
    const rows = await query<EventRow>(this.em.fork(), PAGE, [contactId, page.perPage, rowsBefore(page)]);
    if (rows.length === 0) throw new ContactNotFound();
    return { events: rows.filter(({ id }) => id !== null).map(eventOf), total: Number(rows[0]!.total) };
  }
}

const eventOf = (row: EventRow): ContactEvent => ({
  id: row.id,
  type: row.type,
  version: Number(row.version),
  created_at: new Date(row.created_at).toISOString(),
  request_id: row.request_id,
  token_name: row.token_name,
  changes: row.changes,
});
