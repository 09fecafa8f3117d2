import type { KnownToken } from './known-token.js';

/** Tokens that were valid a moment ago, as they were sent: a keyed hash costs 5 µs. None is kept in memory for longer. */
export class RecentTokens {
  private readonly held = new Map<string, { known: KnownToken; until: number }>();
  private cleaning: NodeJS.Timeout | undefined;

  /** @param maxAgeMs how long a token is trusted without asking the database */
  constructor(private readonly maxAgeMs: number) {}

  get size(): number {
    return this.held.size;
  }

  /** The token if it is still trusted; else undefined. */
  find(token: string): KnownToken | undefined {
    const found = this.held.get(token);
    const now = performance.now();
    return found && now < found.until && now < found.known.validUntil ? found.known : undefined;
  }

  /** @param askedAt when the database said that the token is valid, on the monotonic clock */
  keep(token: string, known: KnownToken, askedAt: number): void {
    this.held.set(token, { known, until: askedAt + this.maxAgeMs });
    this.cleanLater();
  }

  clear(): void {
    this.held.clear();
  }

  private cleanLater(): void {
    this.cleaning ??= setTimeout(() => this.clean(), this.maxAgeMs).unref();
  }

  private clean(): void {
    this.cleaning = undefined;
    const now = performance.now();
    for (const [token, { until }] of this.held) if (now >= until) this.held.delete(token);
    if (this.held.size > 0) this.cleanLater();
  }
}
