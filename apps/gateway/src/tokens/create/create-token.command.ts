import { Command } from '@nestjs/cqrs';
import type { Static } from 'typebox';
import type { Scope } from '../../callers/api-token.scopes.js';
import type { CreatedTokenSchema } from '../api-token.snapshot.js';

/** What a token is made with. */
export interface NewToken {
  name: string;
  scopes: Scope[];
  /** Null where it never expires. */
  expiresAt: Date | null;
}

/** A token just made, with the token itself: nobody can read it again later. */
export type CreatedToken = Static<typeof CreatedTokenSchema>;

/** Make a token. */
export class CreateTokenCommand extends Command<CreatedToken> {
  constructor(
    /** As far as it could be read; `scopes` are those that there are. */
    readonly token: Readonly<NewToken>,
    /** What is wrong with the request's form. */
    readonly errors: Readonly<Record<string, string[]>>,
    /** Scopes of whoever asks. */
    readonly held: ReadonlySet<Scope>,
  ) {
    super();
  }
}
