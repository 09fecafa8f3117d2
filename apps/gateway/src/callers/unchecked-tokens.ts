import type { EntityManager } from '@mikro-orm/postgresql';
import { ApiToken } from './api-token.entity.js';
import { knownTokenOf, type KnownToken } from './known-token.js';

/**
 * The living tokens that were made without a checksum, in memory: a made-up token of that form costs no query.
 * They are read again once they are older than asked for, by one query however many requests wait for it.
 */
export class UncheckedTokens {
  private tokens = new Map<string, KnownToken>();
  private readAt = -Infinity;
  private reading: Promise<void> | undefined;

  constructor(
    private readonly em: EntityManager,
    private readonly maxAgeMs: number,
  ) {}

  /** The token with this hash; undefined where none lives. */
  async find(secretHash: Buffer): Promise<KnownToken | undefined> {
    if (performance.now() - this.readAt >= this.maxAgeMs) await (this.reading ??= this.read());
    return this.tokens.get(secretHash.toString('base64'));
  }

  /** Reads again at the next request. */
  forget(): void {
    this.readAt = -Infinity;
  }

  private async read(): Promise<void> {
    const readAt = performance.now();
    try {
      const rows = await this.em.fork().find(ApiToken, { hasChecksum: false, revokedAt: null });
      this.tokens = new Map(rows.map((row) => this.entryOf(row)));
      this.readAt = readAt;
    } finally {
      this.reading = undefined;
    }
  }

  private entryOf(row: ApiToken): [string, KnownToken] {
    const key = Buffer.from(row.secretHash).toString('base64');
    const known = knownTokenOf(row);
    // A use that is on its way to be stored counts as stored.
    return [key, { ...known, usedAt: Math.max(known.usedAt, this.tokens.get(key)?.usedAt ?? 0) }];
  }
}
