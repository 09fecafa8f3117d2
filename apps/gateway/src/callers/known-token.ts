import type { Scope } from './api-token.scopes.js';

/** The caller of a valid token. */
export interface Caller {
  /** Id of the token, decimal. */
  tokenId: string;
  /** Id of the token whose limits this one counts for, decimal: its own, or that of the first token of its family. */
  familyId: string;
  scopes: ReadonlySet<Scope>;
  /** When the token expires; null if it never does. */
  expiresAt: Date | null;
}

/** A valid token in memory. */
export interface KnownToken {
  caller: Caller;
  /** On the monotonic clock of this process; infinite if it never expires. */
  validUntil: number;
  /** The latest use that is stored, or about to be, by the clock of this process. */
  usedAt: number;
}
