import type { Scope } from '../callers/api-token.scopes.js';

/** There is no token of this id. */
export class TokenNotFound extends Error {
  override readonly name = 'TokenNotFound';

  constructor() {
    super('Token not found.');
  }
}

/** The request breaks rules; nothing was changed. Keyed by the request's own field names. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';

  constructor(readonly refusals: Readonly<Record<string, string[]>>) {
    super('The tokens were not changed.');
  }
}

/** Nobody gives away a scope that they lack. */
export class ScopesNotHeld extends Error {
  override readonly name = 'ScopesNotHeld';

  constructor(scopes: readonly Scope[]) {
    super(`The token lacks what it is to give away: ${scopes.join(', ')}.`);
  }
}
