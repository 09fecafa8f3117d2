import { Command } from '@nestjs/cqrs';
import type { FieldErrors } from '../../wire/validation.error.js';
import type { TokenSnapshot } from '../api-token.response.js';

/** Revoke a token; one that is revoked stays as it is. */
export class RevokeTokenCommand extends Command<TokenSnapshot> {
  constructor(
    readonly tokenId: number,
    /** What is wrong with the request otherwise. */
    readonly errors: FieldErrors = {},
  ) {
    super();
  }
}
