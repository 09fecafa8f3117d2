import { EntityManager } from '@mikro-orm/postgresql';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { inTransaction } from '#app/postgres';
import { ApiToken } from '../../callers/api-token.entity.js';
import { ApiTokens } from '../../callers/api-tokens.js';
import { actorOf, recordAudit } from '../../callers/audit-trail.js';
import { assertValid } from '../../wire/validation.error.js';
import { databaseTime } from '../../writes/database-time.js';
import { limitWaits } from '../../writes/write-waits.js';
import { ScopesNotHeld } from '../api-token.errors.js';
import type { CreatedToken } from '../api-token.response.js';
import { tokenSnapshot } from '../api-token.snapshot.js';
import { lockMaker } from '../lock-maker.js';
import { lackingScopes } from '../token-maker.js';
import { CreateTokenCommand } from './create-token.command.js';

@CommandHandler(CreateTokenCommand)
export class CreateTokenHandler implements ICommandHandler<CreateTokenCommand> {
  constructor(
    private readonly em: EntityManager,
    private readonly tokens: ApiTokens,
  ) {}

  async execute({ token: wanted, errors, maker, terms }: CreateTokenCommand): Promise<CreatedToken> {
    const lacking = lackingScopes(maker, wanted.scopes);
    if (lacking.length > 0) throw new ScopesNotHeld('give away', lacking);
    assertValid(errors);
    const token = this.tokens.keys.make();
    const { deadline, requestId } = terms;
    return inTransaction(this.em, async (em) => {
      await limitWaits(em, deadline);
      const family = await lockMaker(em, maker.tokenId);
      const stored = em.create(ApiToken, {
        ...wanted,
        ...family,
        secretHash: this.tokens.hash(token),
        createdAt: await databaseTime(em),
        lastUsedAt: null,
        revokedAt: null,
        isSeeded: false,
        hasChecksum: true,
      });
      await em.flush();
      const target = `token:${stored.id}`;
      const details = { name: wanted.name, scopes: wanted.scopes };
      await recordAudit(em, [{ actor: actorOf(maker.tokenId), action: 'token.created', target, requestId, details }]);
      // Its caller has 503 by then: nobody would have the token.
      deadline.assertNotOver();
      return { ...tokenSnapshot(stored), token };
    });
  }
}
