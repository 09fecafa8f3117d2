import { Command } from '@nestjs/cqrs';
import type { FieldErrors } from '../../wire/validation.error.js';
import type { TokenSnapshot } from '../api-token.response.js';
import type { TokenMaker } from '../token-maker.js';

/** A token as its end left it. */
export interface RevokedToken {
  token: TokenSnapshot;
  /** Living tokens that it made, and that these made: ended with it, or left as they are. */
  descendants: number;
}

/** Revoke a token; one that is revoked stays as it is. */
export class RevokeTokenCommand extends Command<RevokedToken> {
  constructor(
    readonly tokenId: number,
    readonly asker: TokenMaker,
    readonly terms: {
      /** Whether the tokens that it made end with it. */
      withDescendants: boolean;
      /** What is wrong with the request otherwise. */
      errors: FieldErrors;
      requestId: string | null;
    },
  ) {
    super();
  }
}
