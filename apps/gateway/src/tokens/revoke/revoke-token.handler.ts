import { EntityManager, LockMode } from '@mikro-orm/postgresql';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { inTransaction } from '#app/postgres';
import { ApiToken } from '../../callers/api-token.entity.js';
import { ApiTokens } from '../../callers/api-tokens.js';
import { actorOf, recordAudit } from '../../callers/audit-trail.js';
import { assertValid } from '../../wire/validation.error.js';
import { databaseTime } from '../../writes/database-time.js';
import { limitFurtherWaits, limitWaits, untilUnlocked } from '../../writes/write-waits.js';
import { ScopesNotHeld, TokenNotFound } from '../api-token.errors.js';
import { tokenSnapshot } from '../api-token.snapshot.js';
import { lackingScopes } from '../token-maker.js';
import { countDescendants, isLiving, lockDescendants } from './descendants.js';
import { RevokeTokenCommand, type RevokedToken } from './revoke-token.command.js';

@CommandHandler(RevokeTokenCommand)
export class RevokeTokenHandler implements ICommandHandler<RevokeTokenCommand> {
  constructor(
    private readonly em: EntityManager,
    private readonly tokens: ApiTokens,
  ) {}

  async execute(command: RevokeTokenCommand): Promise<RevokedToken> {
    const { deadline } = command.terms;
    const { ended, ...revoked } = await untilUnlocked(deadline, () => inTransaction(this.em, (em) => revoke(em, command)));
    this.tokens.forget(ended);
    return revoked;
  }
}

async function revoke(em: EntityManager, command: RevokeTokenCommand): Promise<RevokedToken & { ended: number[] }> {
  const { tokenId, asker, terms } = command;
  await limitWaits(em, terms.deadline);
  const token = await em.findOne(ApiToken, tokenId, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!token) throw new TokenNotFound();
  // The token is held meanwhile: a descendant is waited for only a moment.
  if (terms.withDescendants) await limitFurtherWaits(em);
  const made = terms.withDescendants ? await lockDescendants(em, tokenId) : [];
  terms.deadline.assertNotOver();
  const now = await databaseTime(em);
  const living = made.filter((each) => isLiving(each, now));
  const lacking = lackingScopes(asker, [...new Set([token, ...living].flatMap(({ scopes }) => scopes))]);
  if (lacking.length > 0) throw new ScopesNotHeld('end', lacking);
  assertValid(terms.errors);
  const ended = [token, ...living].filter(({ revokedAt }) => revokedAt == null);
  for (const each of ended) each.revokedAt = now;
  await em.flush();
  const entry = { actor: actorOf(asker.tokenId), action: 'token.revoked', requestId: terms.requestId };
  await recordAudit(
    em,
    ended.map(({ id }) => ({ ...entry, target: `token:${id}` })),
  );
  const descendants = terms.withDescendants ? living.length : await countDescendants(em, tokenId);
  return { token: tokenSnapshot(token), descendants, ended: ended.map(({ id }) => id) };
}
