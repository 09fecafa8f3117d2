import type { ApiToken } from './api-token.entity.js';
import type { Scope } from './api-token.scopes.js';

/** What a valid token says of its caller. */
export interface Caller {
  /** Id of the token, decimal. */
  tokenId: string;
  /** Id of the token whose limits this one counts for, decimal: its own, or that of the first of those that made it. */
  familyId: string;
  scopes: ReadonlySet<Scope>;
  /** When the token ends, in milliseconds since 1970; infinite where it does not. */
  endsAt: number;
}

/** A living token as it is held in memory. */
export interface KnownToken {
  caller: Caller;
  /** The latest use that is stored, or on its way to be. */
  usedAt: number;
}

/** A token's row as it is held in memory. */
export function knownTokenOf({ id, familyId, scopes, expiresAt, lastUsedAt }: ApiToken): KnownToken {
  const endsAt = expiresAt?.getTime() ?? Infinity;
  const caller = { tokenId: String(id), familyId: String(familyId ?? id), scopes: new Set(scopes), endsAt };
  return { caller, usedAt: lastUsedAt?.getTime() ?? 0 };
}
