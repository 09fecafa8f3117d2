import { EntityManager, LockMode } from '@mikro-orm/postgresql';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { inTransaction } from '#app/postgres';
import { assertValid } from '../wire/validation.error.js';
import { ApiToken } from '../callers/api-token.entity.js';
import { TokenNotFound } from './api-token.errors.js';
import { tokenSnapshot, type TokenSnapshot } from './api-token.snapshot.js';
import { ApiTokens } from '../callers/api-tokens.js';

/** Revoke a token; one that is revoked stays as it is. */
export class RevokeTokenCommand extends Command<TokenSnapshot> {
  constructor(
    readonly tokenId: number,
    /** What is wrong with the request otherwise. */
    readonly refusals: Readonly<Record<string, string[]>> = {},
  ) {
    super();
  }
}

@CommandHandler(RevokeTokenCommand)
export class RevokeTokenHandler implements ICommandHandler<RevokeTokenCommand> {
  constructor(
    private readonly em: EntityManager,
    private readonly tokens: ApiTokens,
  ) {}

  async execute({ tokenId, refusals }: RevokeTokenCommand): Promise<TokenSnapshot> {
    const revoked = await inTransaction(this.em, async (em) => {
      const token = await em.findOne(ApiToken, tokenId, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!token) throw new TokenNotFound();
      assertValid(refusals);
      token.revokedAt ??= new Date();
      await em.flush();
      return tokenSnapshot(token);
    });
    this.tokens.forget(revoked.id);
    return revoked;
  }
}
