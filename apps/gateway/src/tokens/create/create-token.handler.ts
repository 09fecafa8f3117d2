import { randomBytes } from 'node:crypto';
import { EntityManager } from '@mikro-orm/postgresql';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { inTransaction } from '#app/postgres';
import { assertValid } from '../../wire/validation.error.js';
import { ApiToken } from '../../callers/api-token.entity.js';
import { ScopesNotHeld } from '../api-token.errors.js';
import { tokenSnapshot } from '../api-token.snapshot.js';
import { ApiTokens } from '../../callers/api-tokens.js';
import type { CreatedToken } from '../api-token.response.js';
import { CreateTokenCommand, type NewToken } from './create-token.command.js';

/** What scanners for leaked secrets look for: `csync_[0-9a-f]{64}`. */
const PREFIX = 'csync_';
const RANDOM_BYTES = 32;

@CommandHandler(CreateTokenCommand)
export class CreateTokenHandler implements ICommandHandler<CreateTokenCommand> {
  constructor(
    private readonly em: EntityManager,
    private readonly tokens: ApiTokens,
  ) {}

  async execute({ token, errors, held }: CreateTokenCommand): Promise<CreatedToken> {
    const lacking = token.scopes.filter((scope) => !held.has(scope));
    if (lacking.length > 0) throw new ScopesNotHeld(lacking);
    assertValid(errors);
    return this.store(token, PREFIX + randomBytes(RANDOM_BYTES).toString('hex'));
  }

  private store({ name, scopes, expiresAt }: NewToken, token: string): Promise<CreatedToken> {
    const secretHash = this.tokens.hash(token);
    return inTransaction(this.em, async (em) => {
      const fields = { name, scopes, expiresAt, secretHash, createdAt: new Date(), lastUsedAt: null, revokedAt: null };
      const stored = em.create(ApiToken, fields);
      await em.flush();
      return { ...tokenSnapshot(stored), token };
    });
  }
}
