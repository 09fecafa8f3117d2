import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { RepeatedWarnings } from '#app/http';
import { query } from '#app/postgres';
import { RepeatedWork } from '#app/timing';

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

/** Most entries that wait to be written outside requests; further ones are only counted. */
const MAX_WAITING = 100;
const EVERY_MS = 60_000;

/** Writes entries outside requests, for actions without a transaction. Entries that it loses are counted, and one row has their number. */
@Injectable()
export class AuditTrail implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly warnings = new RepeatedWarnings(new Logger(AuditTrail.name), EVERY_MS);
  private readonly retries = new RepeatedWork(EVERY_MS, () => this.writeLost());
  private readonly waiting = new Set<Promise<void>>();
  /** Entries that are lost and not yet in a row, by action. */
  private unwritten = new Map<string, number>();
  private total = 0;

  constructor(private readonly em: EntityManager) {}

  /** Entries that the trail lacks, since the process began. */
  get lost(): number {
    return this.total;
  }

  onApplicationBootstrap(): void {
    this.retries.start();
  }

  note(entry: AuditEntry): void {
    if (this.waiting.size >= MAX_WAITING) return this.lose(entry.action);
    const written = recordAudit(this.em.fork(), [entry])
      .then(
        () => this.writeLost(),
        (err: unknown) => this.lose(entry.action, err),
      )
      .finally(() => this.waiting.delete(written));
    this.waiting.add(written);
  }

  /** Writes the number of lost entries. If that fails, the next entry that is written brings it, or the next minute. */
  async writeLost(): Promise<void> {
    if (this.unwritten.size === 0) return;
    const counts = this.unwritten;
    this.unwritten = new Map();
    const details = Object.fromEntries(counts);
    try {
      await recordAudit(this.em.fork(), [{ actor: null, action: 'audit.others', target: 'others', requestId: null, details }]);
    } catch {
      for (const [action, entries] of counts) this.count(action, entries);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.retries.stop();
    await Promise.all(this.waiting);
    await this.writeLost();
  }

  private lose(action: string, err?: unknown): void {
    this.total++;
    this.count(action, 1);
    this.warnings.warn('audit_entry_lost', { msg: 'An entry of the audit trail is lost.', action, err });
  }

  private count(action: string, entries: number): void {
    this.unwritten.set(action, (this.unwritten.get(action) ?? 0) + entries);
  }
}
