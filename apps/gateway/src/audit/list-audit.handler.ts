import type { EntityManager } from '@mikro-orm/postgresql';
import { QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { query } from '#app/postgres';
import { ListReader } from '../lists/list-reader.js';
import type { ListAnswer } from '../wire/page.response.js';
import { auditSource } from './audit-list.fields.js';
import type { AuditEntryAnswer } from './audit.response.js';
import { ListAuditQuery } from './list-audit.query.js';

@QueryHandler(ListAuditQuery)
export class ListAuditHandler implements IQueryHandler<ListAuditQuery> {
  constructor(private readonly lists: ListReader) {}

  execute({ list }: ListAuditQuery): Promise<ListAnswer<AuditEntryAnswer>> {
    return this.lists.read(auditSource, list, loadEntries);
  }
}

type Row = Omit<AuditEntryAnswer, 'id' | 'at'> & { id: string; at: Date | string };

async function loadEntries(em: EntityManager, ids: number[]): Promise<AuditEntryAnswer[]> {
  const rows = await query<Row>(
    em,
    'select id, at, actor, action, target, request_id, details from audit_entry where id = any($1::bigint[])',
    [ids],
  );
  const entries = new Map(rows.map((row) => [Number(row.id), row]));
  return ids.map((id) => {
    const entry = entries.get(id)!;
    return { ...entry, id, at: new Date(entry.at).toISOString() };
  });
}
