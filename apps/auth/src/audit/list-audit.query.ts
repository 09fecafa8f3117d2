import { Query } from '@nestjs/cqrs';

/** A page of entries and its filters. */
export interface AuditPage {
  page: number;
  perPage: number;
  descending: boolean;
  /** Values that entries must have, by column. */
  filters: Readonly<Record<string, string>>;
}

/** An entry of the audit trail. */
export interface AuditEntry {
  id: number;
  at: Date;
  actor: string | null;
  action: string;
  target: string | null;
  requestId: string | null;
  details: Readonly<Record<string, unknown>>;
}

export class ListAuditQuery extends Query<{ entries: AuditEntry[]; total: number }> {
  constructor(readonly page: AuditPage) {
    super();
  }
}
