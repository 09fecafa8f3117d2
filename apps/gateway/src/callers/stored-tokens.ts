import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';
import type { Scope } from './api-token.scopes.js';
import type { KnownToken } from './known-token.js';

interface TokenRow {
  id: string;
  familyId: string;
  secretHash: Buffer;
  scopes: Scope[];
  expiresAt: string | Date | null;
  /** By the database's clock; null if the token was never used. */
  usedAgoMs: number | null;
  /** By the database's clock; null if the token never expires. */
  leftMs: number | null;
}

const VALID = `select id::text, coalesce(family_id, id)::text as "familyId", secret_hash as "secretHash", scopes,
    expires_at as "expiresAt",
    (extract(epoch from clock_timestamp() - last_used_at) * 1000)::float8 as "usedAgoMs",
    (extract(epoch from expires_at - clock_timestamp()) * 1000)::float8 as "leftMs"
  from api_token where revoked_at is null and (expires_at is null or expires_at > clock_timestamp())`;

/** Reads valid tokens. The database's clock decides how long each is valid: a wrong clock of this process extends none. */
export class StoredTokens {
  constructor(private readonly em: EntityManager) {}

  /** The valid token with a checksum that has this hash. */
  async findByHash(secretHash: Buffer): Promise<KnownToken | undefined> {
    const [token] = await this.read('secret_hash = $1', [secretHash]);
    return token?.[1];
  }

  /** All valid tokens without a checksum, by the base64 of their hashes. */
  async withoutChecksum(): Promise<Map<string, KnownToken>> {
    return new Map(await this.read('not has_checksum', []));
  }

  private async read(condition: string, values: unknown[]): Promise<[string, KnownToken][]> {
    const askedAt = performance.now();
    const rows = await query<TokenRow>(this.em.fork(), `${VALID} and ${condition}`, values);
    return rows.map((row) => [Buffer.from(row.secretHash).toString('base64'), knownTokenOf(row, askedAt)]);
  }
}

function knownTokenOf({ id, familyId, scopes, expiresAt, usedAgoMs, leftMs }: TokenRow, askedAt: number): KnownToken {
  return {
    caller: { tokenId: id, familyId, scopes: new Set(scopes), expiresAt: expiresAt === null ? null : new Date(expiresAt) },
    validUntil: leftMs === null ? Infinity : askedAt + leftMs,
    usedAt: usedAgoMs === null ? 0 : Date.now() - usedAgoMs,
  };
}
