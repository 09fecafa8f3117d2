import { EntityManager } from '@mikro-orm/postgresql';
import { Module, type DynamicModule } from '@nestjs/common';
import { currentContext } from '#app/http';
import { ApiTokens } from './api-tokens.js';
import { AuditTrail } from './audit-trail.js';
import { QuotaLeases } from './quota-leases.js';
import { RateLimit } from './rate-limit.js';
import { StoredTokens } from './stored-tokens.js';
import { TokenQuotas } from './token-quotas.js';
import { TokenUses } from './token-uses.js';
import { UnknownTokens } from './unknown-tokens.js';

interface CallersSettings {
  secret: Buffer;
  /** Requests a minute and token; 0 for no limit. */
  apiRateLimit: number;
}

/** Callers: their tokens, scopes and rate limits. */
@Module({})
export class CallersModule {
  static register({ secret, apiRateLimit }: CallersSettings): DynamicModule {
    const tokens = (em: EntityManager, uses: TokenUses) => new ApiTokens(new StoredTokens(em), secret, uses);
    return {
      module: CallersModule,
      global: true,
      providers: [
        AuditTrail,
        TokenUses,
        {
          provide: UnknownTokens,
          useFactory: (audit: AuditTrail) => new UnknownTokens(noteBlocked(audit)),
          inject: [AuditTrail],
        },
        { provide: ApiTokens, useFactory: tokens, inject: [EntityManager, TokenUses] },
        { provide: RateLimit, useFactory: (em: EntityManager) => rateLimitOf(em, apiRateLimit), inject: [EntityManager] },
      ],
      exports: [ApiTokens, AuditTrail, RateLimit, UnknownTokens],
    };
  }
}

const rateLimitOf = (em: EntityManager, limit: number): RateLimit | null =>
  limit === 0 ? null : new RateLimit(new TokenQuotas(limit, new QuotaLeases(em, limit)));

const noteBlocked =
  (audit: AuditTrail) =>
  (address: string): void =>
    audit.note({
      actor: null,
      action: 'address.blocked',
      target: null,
      requestId: currentContext()?.requestId ?? null,
      details: { address },
    });
