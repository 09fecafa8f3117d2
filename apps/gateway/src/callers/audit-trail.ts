import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { query } from '#app/postgres';

/** The actor: an API token by its id, or the operator of a command. */
export const actorOf = (tokenId: string | null): string => (tokenId === null ? 'operator' : `token:${tokenId}`);

/** An action and its actor. Holds no secret and no email. */
export interface AuditEntry {
  /** `token:7`, `operator`; null without a signed-in caller. */
  actor: string | null;
  /** `token.created`, `export`, `operator.resync`. */
  action: string;
  /** `token:8`, `contacts`; null if it concerns the whole. */
  target: string | null;
  requestId: string | null;
  details?: Readonly<Record<string, unknown>>;
}

/** Writes entries of the audit trail, in the transaction of the action. */
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

/** Most entries that wait to be written outside requests; further ones are dropped. */
const MAX_WAITING = 100;

/** Writes entries outside requests, for actions without a transaction. */
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
