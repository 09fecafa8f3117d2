import { EntityManager } from '@mikro-orm/postgresql';
import { Module, type DynamicModule } from '@nestjs/common';
import { HashQueue, hashWorkers } from '#app/credentials';
import type { AuthEnv } from '../env.js';
import { AccessTokens } from './access-tokens.js';
import type { AttemptKeys } from './attempt-keys.js';
import { ExpiredRows } from './expired-rows.js';
import { JwksController } from './jwks.controller.js';
import { PasswordVerifier } from './password.verifier.js';
import { PortalSessions } from './portal-sessions.js';
import { PortalSessionsController } from './portal-sessions.controller.js';
import { SignInAttempts } from './sign-in-attempts.js';
import { SignInHandler } from './sign-in.handler.js';
import { SignOutHandler } from './sign-out.handler.js';

/** Signing in, sessions, and the access tokens that stand for them. */
@Module({})
export class PortalSessionsModule {
  /** @param logins the module that opens credentials */
  static register(env: AuthEnv, attemptKeys: AttemptKeys, logins: DynamicModule): DynamicModule {
    return {
      module: PortalSessionsModule,
      imports: [logins],
      controllers: [JwksController, PortalSessionsController],
      providers: [
        ExpiredRows,
        PortalSessions,
        SignInHandler,
        SignOutHandler,
        { provide: AccessTokens, useFactory: () => AccessTokens.from(env.tokenSigningKeys, env.accessTokenTtlSeconds) },
        { provide: PasswordVerifier, useFactory: () => new PasswordVerifier(new HashQueue(hashWorkers(env.poolThreads))) },
        {
          provide: SignInAttempts,
          useFactory: (em: EntityManager) => new SignInAttempts(em, attemptKeys, env.attempts),
          inject: [EntityManager],
        },
      ],
      exports: [PasswordVerifier],
    };
  }
}
