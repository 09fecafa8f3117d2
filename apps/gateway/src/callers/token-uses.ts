import { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction, query } from '#app/postgres';
import { RepeatedWork } from '#app/timing';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { actorOf, recordAudit, type AuditEntry } from './audit-trail.js';

const FLUSH_EVERY_MS = 5_000;
/** Age of a stored use from which the next use is stored; together with the wait for the flush it is a minute. */
const WORTH_STORING_AFTER_MS = 55_000;

/** A time of this process by the clock of the database; `$2` is now, by the clock of this process. A smaller difference is the way there. */
const BY_DATABASE = `used_at + case when abs(extract(epoch from clock_timestamp() - $2::timestamptz)) > 1
  then clock_timestamp() - $2::timestamptz else interval '0' end`;

/**
 * Remembers when tokens were last used, to within a minute, outside requests.
 *
 * A use stays in memory until a flush stores it, however long the database is away. The process flushes at its end.
 */
@Injectable()
export class TokenUses implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(TokenUses.name);
  private readonly waiting = new Map<string, number>();
  private readonly flushes = new RepeatedWork(FLUSH_EVERY_MS, () => this.flush());

  constructor(private readonly em: EntityManager) {}

  /** Whether a use at `now` is worth storing, if the last stored one is at `storedAt`. */
  static isWorthStoring(storedAt: number, now: number): boolean {
    return now - storedAt >= WORTH_STORING_AFTER_MS;
  }

  note(tokenId: string, usedAt: number): void {
    if (usedAt > (this.waiting.get(tokenId) ?? 0)) this.waiting.set(tokenId, usedAt);
  }

  onApplicationBootstrap(): void {
    this.flushes.start();
  }

  /** After the last request was answered. */
  async onApplicationShutdown(): Promise<void> {
    await this.flushes.stop();
    await this.flush();
  }

  /** Stores waiting uses; after a failure they still wait. */
  async flush(): Promise<void> {
    if (this.waiting.size === 0) return;
    const uses = [...this.waiting];
    this.waiting.clear();
    try {
      await this.store(uses);
    } catch (err) {
      for (const [tokenId, usedAt] of uses) this.note(tokenId, usedAt);
      this.logger.debug({ msg: 'Uses of tokens are stored later.', err });
    }
  }

  private async store(uses: [tokenId: string, usedAt: number][]): Promise<void> {
    const free = await inTransaction(this.em, async (em) => {
      const ids = await lockFree(em, uses);
      const rows = uses.filter(([id]) => ids.has(id)).map(([id, usedAt]) => ({ id, used_at: new Date(usedAt).toISOString() }));
      const stored = await query<{ id: string; isFirst: boolean }>(
        em,
        `update api_token set last_used_at = used.at
         from (select id, ${BY_DATABASE} as at from json_to_recordset($1::json) as row (id bigint, used_at timestamptz)) as used
         where api_token.id = used.id and (last_used_at is null or last_used_at < used.at)
         returning api_token.id::text, old.last_used_at is null as "isFirst"`,
        [JSON.stringify(rows), new Date(Date.now()).toISOString()],
      );
      await recordAudit(
        em,
        stored.filter(({ isFirst }) => isFirst).map(({ id }) => firstUse(id)),
      );
      return ids;
    });
    // Tokens are never deleted: another transaction has locked it.
    for (const [tokenId, usedAt] of uses) if (!free.has(tokenId)) this.note(tokenId, usedAt);
  }
}

/** Locks the tokens that no other transaction has locked. @returns their ids */
async function lockFree(em: EntityManager, uses: readonly [tokenId: string, usedAt: number][]): Promise<ReadonlySet<string>> {
  const rows = await query<{ id: string }>(
    em,
    'select id::text from api_token where id = any($1::bigint[]) order by id for no key update skip locked',
    [uses.map(([id]) => id)],
  );
  return new Set(rows.map(({ id }) => id));
}

const firstUse = (id: string): AuditEntry => ({
  actor: actorOf(id),
  action: 'token.first_used',
  target: `token:${id}`,
  requestId: null,
});
