import { Command } from '@nestjs/cqrs';
import type { Scope } from '../../callers/api-token.scopes.js';
import type { Deadline } from '../../wire/deadline.js';
import type { CreatedToken } from '../api-token.response.js';
import type { TokenMaker } from '../token-maker.js';

/** What a token is made with. */
export interface NewToken {
  name: string;
  scopes: Scope[];
  /** Null if it never expires. */
  expiresAt: Date | null;
}

export class CreateTokenCommand extends Command<CreatedToken> {
  constructor(
    /** The readable part; `scopes` has only existing ones. */
    readonly token: Readonly<NewToken>,
    /** Errors of the request's form. */
    readonly errors: Readonly<Record<string, string[]>>,
    readonly maker: TokenMaker,
    readonly terms: { requestId: string | null; deadline: Deadline },
  ) {
    super();
  }
}
