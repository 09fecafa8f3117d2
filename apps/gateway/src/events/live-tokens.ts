import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';

const CHECK_MS = 1_000;
/**
 * A token that could not be confirmed for this time counts as revoked: its stream resumes once the database answers.
 * With the second until the next check a revocation is in force within five seconds here too.
 */
const UNCONFIRMED_MS = 3_500;

/** Reports when a token stops being valid: one query per second for all watched tokens. */
export class LiveTokens {
  private readonly watched = new Map<string, Set<() => void>>();
  private timer: NodeJS.Timeout | undefined;
  /** On the monotonic clock: a clock that is set forward must not end all streams. */
  private confirmedAt = 0;
  private asking = false;

  constructor(private readonly em: EntityManager) {}

  /** @returns stops watching */
  watch(tokenId: string, onEnd: () => void): () => void {
    const watchers = this.watched.get(tokenId) ?? new Set();
    this.watched.set(tokenId, watchers.add(onEnd));
    if (!this.timer) {
      this.confirmedAt = performance.now();
      this.timer = setInterval(() => void this.check(), CHECK_MS);
    }
    return () => {
      watchers.delete(onEnd);
      if (watchers.size === 0 && this.watched.get(tokenId) === watchers) this.watched.delete(tokenId);
      if (this.watched.size === 0) this.rest();
    };
  }

  private async check(): Promise<void> {
    if (performance.now() - this.confirmedAt > UNCONFIRMED_MS) this.end([...this.watched.keys()]);
    if (this.asking || this.watched.size === 0) return;
    this.asking = true;
    try {
      const askedAt = performance.now();
      const ids = [...this.watched.keys()];
      const live = await this.liveAmong(ids);
      this.confirmedAt = askedAt;
      this.end(ids.filter((id) => !live.has(id)));
    } catch {
      // The next query follows in a second.
    } finally {
      this.asking = false;
    }
  }

  private async liveAmong(ids: readonly string[]): Promise<Set<string>> {
    const rows = await query<{ id: string }>(
      this.em.fork(),
      `select id::text from api_token
        where id = any($1) and revoked_at is null and (expires_at is null or expires_at > clock_timestamp())`,
      [ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  private end(ids: readonly string[]): void {
    for (const id of ids) for (const onEnd of this.watched.get(id) ?? []) onEnd();
  }

  private rest(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
