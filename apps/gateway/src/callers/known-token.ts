import type { ApiToken } from './api-token.entity.js';
import type { Scope } from './api-token.scopes.js';

/** The caller of a valid token. */
export interface Caller {
  /** Id of the token, decimal. */
  tokenId: string;
  /** Id of the token whose limits this one counts for, decimal: its own, or that of the first token of its family. */
  familyId: string;
  scopes: ReadonlySet<Scope>;
  /** When the token expires, in milliseconds since 1970; infinite if it never does. */
  endsAt: number;
}

/** A valid token in memory. */
export interface KnownToken {
  caller: Caller;
  /** The latest use that is stored, or about to be. */
  usedAt: number;
}

/** Converts a token's row to its form in memory. */
export function knownTokenOf({ id, familyId, scopes, expiresAt, lastUsedAt }: ApiToken): KnownToken {
  const endsAt = expiresAt?.getTime() ?? Infinity;
  const caller = { tokenId: String(id), familyId: String(familyId ?? id), scopes: new Set(scopes), endsAt };
  return { caller, usedAt: lastUsedAt?.getTime() ?? 0 };
}
