import { EntityManager } from '@mikro-orm/postgresql';
import { QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { query } from '#app/postgres';
import { ListAuditQuery, type AuditEntry } from './list-audit.query.js';

/** One row without an entry where the page has none. */
type Row = Omit<AuditEntry, 'id' | 'at'> & { id: string | null; at: Date | string; total: string };

@QueryHandler(ListAuditQuery)
export class ListAuditHandler implements IQueryHandler<ListAuditQuery> {
  constructor(private readonly em: EntityManager) {}

  async execute({
    page: { page, perPage, descending, filters },
  }: ListAuditQuery): Promise<{ entries: AuditEntry[]; total: number }> {
    const em = this.em.fork();
    const direction = descending ? 'desc' : 'asc';
    const values = Object.values(filters);
    // Columns come from the reader's own list, values are bound.
    const where = Object.keys(filters)
      .map((column, index) => `and ${column} = $${index + 1}`)
      .join(' ');
    const rows = await query<Row>(
      em,
      `select total, page.* from (select count(*) as total from audit_entry where true ${where}) counted left join (
         select id, at, actor, action, target, request_id as "requestId", details from audit_entry where true ${where}
          order by id ${direction} limit ${perPage} offset ${(page - 1) * perPage}
       ) page on true order by id ${direction}`,
      values,
    );
    const entries = rows
      .filter(({ id }) => id !== null)
      .map(({ id, at, total: _total, ...entry }) => ({ ...entry, id: Number(id), at: new Date(at) }));
    return { entries, total: Number(rows[0]!.total) };
  }
}
