import { EntityManager, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Logger, Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { TerminusModule } from '@nestjs/terminus';
import { topicOf } from '#app/contracts';
import { DatabaseHealth, loggerModule, ReadinessController } from '#app/http';
import { BrokerProbe, createKafka, KafkaEventStrategy } from '#app/messaging';
import type { Logger as PinoLogger } from 'pino';
import { AuditModule } from './audit/audit.module.js';
import { ormOptions } from './database/orm.js';
import type { AuthEnv } from './env.js';
import { AuthMetrics } from './health/auth-metrics.js';
import { MarkCheck } from './health/mark-check.js';
import { HealthController } from './health/health.controller.js';
import { forgetMarkingStart, loginAuthenticity } from './portal-logins/login-authenticity.js';
import { OperatorToken } from './http/operator-token.js';
import { judgeLoginFailure } from './portal-logins/portal-login.errors.js';
import { PortalLoginsModule } from './portal-logins/portal-logins.module.js';
import { MIGRATION_NAMES } from './database/migration-names.js';
import { AttemptKeys } from './portal-sessions/attempt-keys.js';
import { AttemptsFollowUp } from './portal-sessions/attempts-follow-up.js';
import { PortalSessionsModule } from './portal-sessions/portal-sessions.module.js';

@Module({})
export class AuthModule {
  static register(env: AuthEnv, logger: PinoLogger): DynamicModule {
    const attemptKeys = new AttemptKeys(env.secret);
    const audit = AuditModule.register(env);
    const logins = PortalLoginsModule.register(env, new AttemptsFollowUp(attemptKeys));
    return {
      module: AuthModule,
      imports: [
        loggerModule(logger),
        CqrsModule.forRoot(),
        TerminusModule.forRoot({ logger: false }),
        MikroOrmModule.forRoot({ ...ormOptions(env.databaseUrl), driver: PostgreSqlDriver, registerRequestContext: false }),
        audit,
        logins,
        PortalSessionsModule.register(env, attemptKeys, [audit, logins]),
      ],
      controllers: [HealthController, ReadinessController],
      providers: [
        AuthMetrics,
        {
          provide: DatabaseHealth,
          useFactory: () => new DatabaseHealth({ url: env.databaseUrl, app: 'auth', migrations: MIGRATION_NAMES }),
        },
        { provide: OperatorToken, useValue: new OperatorToken(env.operatorToken) },
        { provide: MarkCheck, useValue: new MarkCheck(env.eventMacKeys !== undefined) },
        { provide: BrokerProbe, useFactory: () => brokerOf(env) },
        { provide: KafkaEventStrategy, useFactory: (em: EntityManager) => eventsOf(env, em), inject: [EntityManager] },
      ],
    };
  }
}

const TOPIC = 'portal-logins.v1';
const CLIENT_ID = 'contact-sync-auth';

function brokerOf({ kafka, topicPrefix }: AuthEnv): BrokerProbe {
  return new BrokerProbe(createKafka({ ...kafka, clientId: 'contact-sync-auth-health' }, new Logger('Kafka')), [
    topicOf(TOPIC, topicPrefix),
  ]);
}

function eventsOf({ kafka, topicPrefix, consumerGroup, eventMacKeys }: AuthEnv, em: EntityManager): KafkaEventStrategy {
  return new KafkaEventStrategy({
    kafka: createKafka({ ...kafka, clientId: CLIENT_ID }, new Logger('Kafka')),
    clientId: CLIENT_ID,
    groupId: consumerGroup,
    topics: [TOPIC],
    deadLetterTopic: 'portal-logins.v1.dead-letters',
    topicPrefix,
    em,
    judge: judgeLoginFailure,
    authenticate: loginAuthenticity(eventMacKeys, em),
    forgetNotes: forgetMarkingStart,
  });
}
