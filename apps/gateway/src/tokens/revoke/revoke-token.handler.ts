import { EntityManager, LockMode } from '@mikro-orm/postgresql';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { inTransaction } from '#app/postgres';
import { ApiToken } from '../../callers/api-token.entity.js';
import { ApiTokens } from '../../callers/api-tokens.js';
import { assertValid } from '../../wire/validation.error.js';
import { TokenNotFound } from '../api-token.errors.js';
import type { TokenSnapshot } from '../api-token.response.js';
import { tokenSnapshot } from '../api-token.snapshot.js';
import { RevokeTokenCommand } from './revoke-token.command.js';

@CommandHandler(RevokeTokenCommand)
export class RevokeTokenHandler implements ICommandHandler<RevokeTokenCommand> {
  constructor(
    private readonly em: EntityManager,
    private readonly tokens: ApiTokens,
  ) {}

  async execute({ tokenId, errors }: RevokeTokenCommand): Promise<TokenSnapshot> {
    const revoked = await inTransaction(this.em, async (em) => {
      const token = await em.findOne(ApiToken, tokenId, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!token) throw new TokenNotFound();
      assertValid(errors);
      token.revokedAt ??= new Date();
      await em.flush();
      return tokenSnapshot(token);
    });
    this.tokens.forget(revoked.id);
    return revoked;
  }
}
