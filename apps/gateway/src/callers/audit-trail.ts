import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { query } from '#app/postgres';

/** Who did it: an API token by its id, or the operator of a command. */
export const actorOf = (tokenId: string | null): string => (tokenId === null ? 'operator' : `token:${tokenId}`);

/** What was done by whom. No secret, and no email. */
export interface AuditEntry {
  /** `token:7`, `operator`; null where nobody signed in. */
  actor: string | null;
  /** `token.created`, `export`, `operator.resync`. */
  action: string;
  /** `token:8`, `contacts`; null where it concerns the whole. */
  target: string | null;
  requestId: string | null;
  details?: Readonly<Record<string, unknown>>;
}

/** Writes entries of the audit trail, in the transaction of what they tell of. */
export async function recordAudit(em: EntityManager, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map(({ requestId, details = {}, ...entry }) => ({ ...entry, request_id: requestId, details }));
  await query(
    em,
    `insert into audit_entry (actor, action, target, request_id, details)
       select * from json_to_recordset($1::json) as r(actor text, action text, target text, request_id text, details json)`,
    [JSON.stringify(rows)],
  );
}

/** Most entries beside requests that wait to be written; what comes beyond them is left out. */
const MAX_WAITING = 100;

/** Writes entries away from the path of requests, for what has no transaction of its own. */
@Injectable()
export class AuditTrail implements OnApplicationShutdown {
  private readonly logger = new Logger(AuditTrail.name);
  private readonly waiting = new Set<Promise<void>>();

  constructor(private readonly em: EntityManager) {}

  note(entry: AuditEntry): void {
    if (this.waiting.size >= MAX_WAITING) return;
    const written = recordAudit(this.em.fork(), [entry])
      .catch((err: unknown) => this.logger.warn({ msg: 'An entry of the audit trail is lost.', action: entry.action, err }))
      .finally(() => this.waiting.delete(written));
    this.waiting.add(written);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.waiting);
  }
}
