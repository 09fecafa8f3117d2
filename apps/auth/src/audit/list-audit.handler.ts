import { EntityManager } from '@mikro-orm/postgresql';
import { QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { query } from '#app/postgres';
import { ListAuditQuery, type AuditEntry } from './list-audit.query.js';

type Row = Omit<AuditEntry, 'id' | 'at'> & { id: string; at: Date | string };

@QueryHandler(ListAuditQuery)
export class ListAuditHandler implements IQueryHandler<ListAuditQuery> {
  constructor(private readonly em: EntityManager) {}

  async execute({
    page: { page, perPage, descending, filters },
  }: ListAuditQuery): Promise<{ entries: AuditEntry[]; total: number }> {
    const em = this.em.fork();
    const values = Object.values(filters);
    // Columns come from the reader's own list, values are bound.
    const where = Object.keys(filters)
      .map((column, index) => `and ${column} = $${index + 1}`)
      .join(' ');
    const [counted] = await query<{ total: string }>(em, `select count(*) as total from audit_entry where true ${where}`, values);
    const rows = await query<Row>(
      em,
      `select id, at, actor, action, target, request_id as "requestId", details from audit_entry where true ${where}
       order by id ${descending ? 'desc' : 'asc'} limit ${perPage} offset ${(page - 1) * perPage}`,
      values,
    );
    const entries = rows.map(({ id, at, ...entry }) => ({ ...entry, id: Number(id), at: new Date(at) }));
    return { entries, total: Number(counted!.total) };
  }
}
