import type { AuditEntry, AuditPage } from './list-audit.query.js';

/** A page of the audit trail, as the answer shows it. */
export interface AuditResponse {
  data: {
    id: number;
    at: string;
    actor: string | null;
    action: string;
    target: string | null;
    request_id: string | null;
    details: Readonly<Record<string, unknown>>;
  }[];
  meta: { current_page: number; from: number | null; last_page: number; per_page: number; to: number | null; total: number };
}

export function auditResponse(
  { page, perPage }: AuditPage,
  { entries, total }: { entries: AuditEntry[]; total: number },
): AuditResponse {
  const first = (page - 1) * perPage;
  const isEmpty = entries.length === 0;
  return {
    data: entries.map(({ id, at, actor, action, target, requestId, details }) => ({
      id,
      at: at.toISOString(),
      actor,
      action,
      target,
      request_id: requestId,
      details,
    })),
    meta: {
      current_page: page,
      from: isEmpty ? null : first + 1,
      last_page: Math.max(1, Math.ceil(total / perPage)),
      per_page: perPage,
      to: isEmpty ? null : first + entries.length,
      total,
    },
  };
}
