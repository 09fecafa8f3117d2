import type { KnownToken } from './known-token.js';
import type { StoredTokens } from './stored-tokens.js';

/**
 * The valid tokens without a checksum, in memory: a made-up token of that form costs no query.
 * A request that needs fresher ones reads them again; requests that wait for that share one query.
 */
export class UncheckedTokens {
  private tokens = new Map<string, KnownToken>();
  private readAt = -Infinity;
  private reading: Promise<void> | undefined;

  constructor(
    private readonly stored: Pick<StoredTokens, 'withoutChecksum'>,
    private readonly maxAgeMs: number,
  ) {}

  /** The valid token with this hash, and when it was read. */
  async find(secretHash: Buffer): Promise<{ known: KnownToken | undefined; askedAt: number }> {
    if (performance.now() - this.readAt >= this.maxAgeMs) await (this.reading ??= this.read());
    return { known: this.tokens.get(secretHash.toString('base64')), askedAt: this.readAt };
  }

  /** Makes the next request read again. */
  forget(): void {
    this.readAt = -Infinity;
  }

  private async read(): Promise<void> {
    const readAt = performance.now();
    try {
      const tokens = await this.stored.withoutChecksum();
      // A use that is about to be stored counts as stored.
      for (const [key, known] of tokens) known.usedAt = Math.max(known.usedAt, this.tokens.get(key)?.usedAt ?? 0);
      this.tokens = tokens;
      this.readAt = readAt;
    } finally {
      this.reading = undefined;
    }
  }
}
