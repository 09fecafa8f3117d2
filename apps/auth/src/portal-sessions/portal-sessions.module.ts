import { EntityManager } from '@mikro-orm/postgresql';
import { Module, type DynamicModule } from '@nestjs/common';
import { HashQueue, hashWorkers } from '#app/credentials';
import type { AuthEnv } from '../env.js';
import { Credentials } from '../portal-logins/credentials.js';
import { AccessTokens } from './access-tokens.js';
import { AttemptKeys } from './attempt-keys.js';
import { DecoyCredential } from './decoy.credential.js';
import { ExpiredRows } from './expired-rows.js';
import { JwksController } from './jwks.controller.js';
import { PasswordVerifier } from './password.verifier.js';
import { PortalSessions } from './portal-sessions.js';
import { PortalSessionsController } from './portal-sessions.controller.js';
import { SignInAttempts } from './sign-in-attempts.js';
import { SignInHandler } from './sign-in.handler.js';
import { SignOutHandler } from './sign-out.handler.js';

/** Sign-in, sessions and access tokens. */
@Module({})
export class PortalSessionsModule {
  /** @param needed the modules of credentials and of the audit trail */
  static register(env: AuthEnv, attemptKeys: AttemptKeys, needed: DynamicModule[]): DynamicModule {
    return {
      module: PortalSessionsModule,
      imports: needed,
      controllers: [JwksController, PortalSessionsController],
      providers: [
        { provide: AttemptKeys, useValue: attemptKeys },
        {
          provide: DecoyCredential,
          useFactory: (credentials: Credentials) => new DecoyCredential(credentials, env.credentialPrivateKeys),
          inject: [Credentials],
        },
        ExpiredRows,
        PortalSessions,
        SignInHandler,
        SignOutHandler,
        { provide: AccessTokens, useFactory: () => AccessTokens.from(env.tokenSigningKeys, env.accessTokens) },
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
