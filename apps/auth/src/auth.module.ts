import { EntityManager, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Logger, Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { TerminusModule } from '@nestjs/terminus';
import { HashQueue, hashWorkers, readOpeningKeys } from '#app/credentials';
import { topicOf } from '#app/contracts';
import { DatabaseHealth, loggerModule, ReadinessController } from '#app/http';
import { BrokerProbe, createKafka, KafkaEventStrategy } from '#app/messaging';
import type { Logger as PinoLogger } from 'pino';
import { ormOptions } from './database/orm.js';
import type { AuthEnv } from './env.js';
import { AuthMetrics } from './health/auth-metrics.js';
import { HealthController } from './health/health.controller.js';
import { OperatorToken } from './http/operator.guard.js';
import { Credentials } from './portal-logins/credentials.js';
import { GetPortalLoginHandler } from './portal-logins/get-portal-login.query.js';
import { VersionWaiter } from './portal-logins/version-waiter.js';
import { judgeLoginFailure } from './portal-logins/portal-login.errors.js';
import { PortalLoginsConsumer } from './portal-logins/portal-logins.consumer.js';
import { PortalLoginsController } from './portal-logins/portal-logins.controller.js';
import { SyncPortalLoginsHandler } from './portal-logins/sync-portal-logins.handler.js';
import { AccessTokens } from './portal-sessions/access-tokens.js';
import { ExpiredRows } from './portal-sessions/expired-rows.js';
import { JwksController } from './portal-sessions/jwks.controller.js';
import { LoginAttempts } from './portal-sessions/login-attempts.js';
import { PasswordVerifier } from './portal-sessions/password.verifier.js';
import { PortalSessions } from './portal-sessions/portal-sessions.js';
import { PortalSessionsController } from './portal-sessions/portal-sessions.controller.js';
import { SignInHandler } from './portal-sessions/sign-in.handler.js';
import { SignOutHandler } from './portal-sessions/sign-out.command.js';

@Module({})
export class AuthModule {
  static register(env: AuthEnv, logger: PinoLogger): DynamicModule {
    return {
      module: AuthModule,
      imports: [
        loggerModule(logger),
        CqrsModule.forRoot(),
        TerminusModule.forRoot({ logger: false }),
        MikroOrmModule.forRoot({ ...ormOptions(env.databaseUrl), driver: PostgreSqlDriver, registerRequestContext: false }),
      ],
      controllers: [
        HealthController,
        JwksController,
        PortalLoginsConsumer,
        PortalLoginsController,
        PortalSessionsController,
        ReadinessController,
      ],
      providers: [
        AuthMetrics,
        DatabaseHealth,
        ExpiredRows,
        GetPortalLoginHandler,
        VersionWaiter,
        PortalSessions,
        SignInHandler,
        SignOutHandler,
        SyncPortalLoginsHandler,
        { provide: BrokerProbe, useFactory: () => brokerOf(env) },
        { provide: OperatorToken, useValue: new OperatorToken(env.operatorToken) },
        { provide: Credentials, useFactory: async () => new Credentials(await readOpeningKeys(env.credentialPrivateKeys)) },
        { provide: PasswordVerifier, useFactory: () => new PasswordVerifier(new HashQueue(hashWorkers(env.poolThreads))) },
        { provide: AccessTokens, useFactory: () => AccessTokens.from(env.tokenSigningKeys, env.accessTokenTtlSeconds) },
        {
          provide: LoginAttempts,
          useFactory: (em: EntityManager) => new LoginAttempts(em, env.attempts),
          inject: [EntityManager],
        },
        { provide: KafkaEventStrategy, useFactory: (em: EntityManager) => eventsOf(env, em), inject: [EntityManager] },
      ],
    };
  }
}

const TOPIC = 'portal-logins.v1';

function brokerOf({ kafka, topicPrefix }: AuthEnv): BrokerProbe {
  return new BrokerProbe(createKafka({ ...kafka, clientId: 'contact-sync-auth-health' }, new Logger('Kafka')), [
    topicOf(TOPIC, topicPrefix),
  ]);
}

function eventsOf({ kafka, topicPrefix, consumerGroup }: AuthEnv, em: EntityManager): KafkaEventStrategy {
  return new KafkaEventStrategy({
    kafka: createKafka({ ...kafka, clientId: 'contact-sync-auth' }, new Logger('Kafka')),
    groupId: consumerGroup,
    topics: [TOPIC],
    deadLetterTopic: 'portal-logins.v1.dead-letters',
    topicPrefix,
    em,
    judge: judgeLoginFailure,
  });
}
