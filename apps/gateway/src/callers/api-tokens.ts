import { hash } from 'node:crypto';
import { TokenKeys } from '#app/credentials';
import type { Caller, KnownToken } from './known-token.js';
import { RecentTokens } from './recent-tokens.js';
import type { StoredTokens } from './stored-tokens.js';
import { TokenUses } from './token-uses.js';
import { UncheckedTokens } from './unchecked-tokens.js';

export type { Caller } from './known-token.js';

/** How long a token is trusted without asking the database; revocation is in force within 5 s. */
const MAX_AGE_MS = 3_000;
/** Most tokens with a right checksum that are remembered as not valid. */
const MAX_ENDED = 10_000;

/** What the database said of a token. */
export interface Looked {
  known: KnownToken | undefined;
  /** On the monotonic clock: a clock that is set back must not keep a revoked token valid. */
  askedAt: number;
}

/** Finds callers by their tokens. A made-up token costs no query, and displaces no known token. */
export class ApiTokens {
  readonly keys: TokenKeys;
  private readonly unchecked: UncheckedTokens;
  private readonly recent = new RecentTokens(MAX_AGE_MS);
  private readonly living = new Map<string, Looked>();
  private readonly ended = new Map<string, Looked>();

  /** @param uses notes each use of a token; undefined if uses are not kept */
  constructor(
    private readonly stored: Pick<StoredTokens, 'findByHash' | 'withoutChecksum'>,
    secret: Buffer,
    private readonly uses?: Pick<TokenUses, 'note'>,
  ) {
    this.keys = new TokenKeys(secret);
    this.unchecked = new UncheckedTokens(stored, MAX_AGE_MS);
  }

  /** The keyed hash under which a token is stored. */
  hash(token: string): Buffer {
    return this.keys.hash(token);
  }

  /** The caller of a token that was found a moment ago; undefined if {@link callerOf} has to look it up. */
  recentCallerOf(token: string): Caller | undefined {
    const known = this.recent.find(token);
    return known && this.used(known);
  }

  /** The caller that a token belongs to; null if it is unknown, revoked or expired. */
  async callerOf(token: string): Promise<Caller | null> {
    const looked = await this.find(token);
    if (!looked?.known || performance.now() >= looked.known.validUntil) return null;
    this.recent.keep(token, looked.known, looked.askedAt);
    return this.used(looked.known);
  }

  /** Asks the database about tokens that were just revoked; other replicas ask within 3 s. */
  forget(tokenIds: readonly number[]): void {
    const ids = new Set(tokenIds.map(String));
    this.recent.clear();
    for (const [name, { known }] of this.living) if (known && ids.has(known.caller.tokenId)) this.living.delete(name);
    this.unchecked.forget();
  }

  private async find(token: string): Promise<Looked | undefined> {
    const form = this.keys.formOf(token);
    if (form === 'wrong checksum') return undefined;
    return form === 'with checksum' ? this.lookUp(token) : this.unchecked.find(this.hash(token));
  }

  private async lookUp(token: string): Promise<Looked> {
    const name = hash('sha256', token, 'base64');
    const looked = this.living.get(name) ?? this.ended.get(name);
    if (looked && isFresh(looked)) return looked;
    const askedAt = performance.now();
    const known = await this.stored.findByHash(this.hash(token));
    if (known) known.usedAt = Math.max(known.usedAt, looked?.known?.usedAt ?? 0);
    const found = { known, askedAt };
    this.keep(name, found);
    return found;
  }

  private keep(name: string, looked: Looked): void {
    this.living.delete(name);
    this.ended.delete(name);
    if (looked.known) return void this.living.set(name, looked);
    const [oldest] = this.ended.keys();
    if (this.ended.size >= MAX_ENDED && oldest !== undefined) this.ended.delete(oldest);
    this.ended.set(name, looked);
  }

  private used(known: KnownToken): Caller {
    const now = Date.now();
    if (TokenUses.isWorthStoring(known.usedAt, now)) {
      known.usedAt = now;
      this.uses?.note(known.caller.tokenId, now);
    }
    return known.caller;
  }
}

const isFresh = ({ askedAt }: Pick<Looked, 'askedAt'>): boolean => performance.now() - askedAt < MAX_AGE_MS;
