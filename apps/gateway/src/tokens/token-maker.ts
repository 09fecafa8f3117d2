import type { Scope } from '../callers/api-token.scopes.js';

/** The maker or ender of tokens: a token, or the operator of a command, who has the gateway's secret and so every scope. */
export interface TokenMaker {
  /** Decimal; null for the operator. */
  tokenId: string | null;
  scopes: ReadonlySet<Scope>;
}

/** The scopes among these that the maker lacks. */
export const lackingScopes = ({ scopes }: TokenMaker, wanted: readonly Scope[]): Scope[] =>
  wanted.filter((scope) => !scopes.has(scope));
