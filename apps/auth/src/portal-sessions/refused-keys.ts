/** Most keys in memory; beyond them the oldest are dropped, and the database is asked again. */
const MOST_KEYS = 50_000;

/** Keys at their limit, in memory: a further attempt is refused without the database. */
export class RefusedKeys {
  private readonly freeAt = new Map<string, number>();

  /** @param rememberMs how long a key is kept at most: a change on another replica shows after that time */
  constructor(private readonly rememberMs: number) {}

  note(key: string, retryAfterSeconds: number): void {
    this.freeAt.delete(key);
    this.freeAt.set(key, performance.now() + Math.min(this.rememberMs, 1_000 * retryAfterSeconds));
    if (this.freeAt.size > MOST_KEYS) this.freeAt.delete(this.freeAt.keys().next().value!);
  }

  /** Whole seconds until the key may be tried again; undefined if the key is not here. */
  secondsLeft(key: string): number | undefined {
    const left = (this.freeAt.get(key) ?? 0) - performance.now();
    if (left > 0) return Math.ceil(left / 1_000);
    this.freeAt.delete(key);
    return undefined;
  }
}
