/** Most keys in memory; beyond them the oldest are dropped, and the database is asked again. */
const MOST_KEYS = 50_000;

/** Keys at their limit, in memory: a further attempt is refused without the database. */
export class RefusedKeys {
  private readonly refused = new Map<string, { askAgainAt: number; freeAt: number }>();

  /** @param rememberMs how long a key is kept at most: a change on another replica shows after that time */
  constructor(private readonly rememberMs: number) {}

  note(key: string, retryAfterSeconds: number): void {
    const [now, waitMs] = [performance.now(), 1_000 * retryAfterSeconds];
    this.refused.delete(key);
    this.refused.set(key, { askAgainAt: now + Math.min(this.rememberMs, waitMs), freeAt: now + waitMs });
    if (this.refused.size > MOST_KEYS) this.refused.delete(this.refused.keys().next().value!);
  }

  /** Whole seconds until the key may be tried again; undefined if the key is not here. */
  secondsLeft(key: string): number | undefined {
    const known = this.refused.get(key);
    const now = performance.now();
    if (known && now < known.askAgainAt) return Math.ceil((known.freeAt - now) / 1_000);
    this.refused.delete(key);
    return undefined;
  }
}
