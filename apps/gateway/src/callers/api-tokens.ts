import { createHmac, createSecretKey, hash, hkdfSync, type KeyObject } from 'node:crypto';
import { type EntityManager } from '@mikro-orm/postgresql';
import { ApiToken } from './api-token.entity.js';
import type { Scope } from './api-token.scopes.js';
import { TokenUses } from './token-uses.js';

/** How long a token is believed without asking the database again; revocation is in force within 5 s. */
const CACHE_MS = 3_000;
const CACHE_ENTRIES = 10_000;

/** What a valid token says of its caller. */
export interface Caller {
  /** Id of the token, decimal. */
  tokenId: string;
  scopes: ReadonlySet<Scope>;
}

interface Cached {
  caller: Caller | null;
  askedAt: number;
  expiresAt: number;
  /** The latest use that is stored, or on its way to be. */
  usedAt: number;
}

/** Tells callers by their tokens. */
export class ApiTokens {
  private readonly key: KeyObject;
  private readonly cache = new Map<string, Cached>();

  /**
   * @param secret the gateway's secret; a thief of the database alone cannot test guesses without it
   * @param uses told when a token is used, where that is to be kept
   */
  constructor(
    private readonly em: EntityManager,
    secret: Buffer,
    private readonly uses?: Pick<TokenUses, 'note'>,
  ) {
    this.key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'contact-sync/api-token', 32)));
  }

  /** The keyed hash under which a token is stored. */
  hash(token: string): Buffer {
    return createHmac('sha256', this.key).update(token).digest();
  }

  /** The caller that a token belongs to; null where it is unknown, revoked or expired. */
  async callerOf(token: string): Promise<Caller | null> {
    const name = hash('sha256', token, 'base64');
    const now = Date.now();
    let known = this.cache.get(name);
    if (!known || now - known.askedAt >= CACHE_MS) {
      known = { ...(await this.find(this.hash(token))), askedAt: now };
      if (this.cache.size >= CACHE_ENTRIES) this.cache.clear();
      this.cache.set(name, known);
    }
    return known.caller && now < known.expiresAt ? this.used(known, known.caller, now) : null;
  }

  /** Asks the database again for a token that was just revoked; other replicas do within 3 s. */
  forget(tokenId: number): void {
    for (const [name, { caller }] of this.cache) if (caller?.tokenId === String(tokenId)) this.cache.delete(name);
  }

  private used(known: Cached, caller: Caller, now: number): Caller {
    if (TokenUses.isWorthStoring(known.usedAt, now)) {
      known.usedAt = now;
      this.uses?.note(caller.tokenId, now);
    }
    return caller;
  }

  private async find(secretHash: Buffer): Promise<Omit<Cached, 'askedAt'>> {
    const token = await this.em.fork().findOne(ApiToken, { secretHash, revokedAt: null });
    if (!token) return { caller: null, expiresAt: Infinity, usedAt: 0 };
    return {
      caller: { tokenId: String(token.id), scopes: new Set(token.scopes) },
      expiresAt: token.expiresAt?.getTime() ?? Infinity,
      usedAt: token.lastUsedAt?.getTime() ?? 0,
    };
  }
}
