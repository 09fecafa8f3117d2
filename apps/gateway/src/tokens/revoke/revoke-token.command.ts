import { Command } from '@nestjs/cqrs';
import type { Deadline } from '../../wire/deadline.js';
import type { FieldErrors } from '../../wire/validation.error.js';
import type { TokenSnapshot } from '../api-token.response.js';
import type { TokenMaker } from '../token-maker.js';

/** A token after its end. */
export interface RevokedToken {
  token: TokenSnapshot;
  /** Valid tokens among its descendants: ended with it, or left as they are. */
  descendants: number;
}

/** Revokes a token; a revoked one stays as it is. */
export class RevokeTokenCommand extends Command<RevokedToken> {
  constructor(
    readonly tokenId: number,
    readonly asker: TokenMaker,
    readonly terms: {
      /** Whether the tokens that it made end with it. */
      withDescendants: boolean;
      /** Errors of the request. */
      errors: FieldErrors;
      requestId: string | null;
      deadline: Deadline;
    },
  ) {
    super();
  }
}
