import { Command } from '@nestjs/cqrs';
import type { Scope } from '../../callers/api-token.scopes.js';
import type { CreatedToken } from '../api-token.response.js';
import type { TokenMaker } from '../token-maker.js';

/** What a token is made with. */
export interface NewToken {
  name: string;
  scopes: Scope[];
  /** Null where it never expires. */
  expiresAt: Date | null;
}

/** Make a token. */
export class CreateTokenCommand extends Command<CreatedToken> {
  constructor(
    /** As far as it could be read; `scopes` are those that there are. */
    readonly token: Readonly<NewToken>,
    /** What is wrong with the request's form. */
    readonly errors: Readonly<Record<string, string[]>>,
    readonly maker: TokenMaker,
    readonly requestId: string | null = null,
  ) {
    super();
  }
}
