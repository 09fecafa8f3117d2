import { createHmac, createSecretKey, hash, hkdfSync, type KeyObject } from 'node:crypto';
import { type EntityManager } from '@mikro-orm/postgresql';
import { ApiToken, type Scope } from './api-token.entity.js';

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
}

/** Tells callers by their tokens. */
export class ApiTokens {
  private readonly key: KeyObject;
  private readonly cache = new Map<string, Cached>();

  /** @param secret the gateway's secret; a thief of the database alone cannot test guesses without it */
  constructor(
    private readonly em: EntityManager,
    secret: Buffer,
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
    const known = this.cache.get(name);
    const now = Date.now();
    if (known && now - known.askedAt < CACHE_MS) return now < known.expiresAt ? known.caller : null;
    const found = { ...(await this.find(this.hash(token))), askedAt: now };
    if (this.cache.size >= CACHE_ENTRIES) this.cache.clear();
    this.cache.set(name, found);
    return now < found.expiresAt ? found.caller : null;
  }

  private async find(secretHash: Buffer): Promise<Pick<Cached, 'caller' | 'expiresAt'>> {
    const token = await this.em.fork().findOne(ApiToken, { secretHash, revokedAt: null });
    if (!token) return { caller: null, expiresAt: Infinity };
    return {
      caller: { tokenId: String(token.id), scopes: new Set(token.scopes) },
      expiresAt: token.expiresAt?.getTime() ?? Infinity,
    };
  }
}
