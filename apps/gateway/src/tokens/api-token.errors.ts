import type { Scope } from '../callers/api-token.scopes.js';
import { CodedError } from '../wire/coded.error.js';

/** No token has this id. */
export class TokenNotFound extends CodedError {
  constructor() {
    super('token_not_found');
  }
}

/** A token gives only scopes that it has, and ends only tokens whose scopes it has. */
export class ScopesNotHeld extends CodedError {
  constructor(deed: 'give away' | 'end', scopes: readonly Scope[]) {
    super('scope_not_held', { message: `The token lacks scopes that it is to ${deed}: ${scopes.join(', ')}.` });
  }
}
