import { EntityManager, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Logger, Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { TerminusModule } from '@nestjs/terminus';
import { HashQueue, hashWorkers, readSealingKey } from '#app/credentials';
import { TOPIC_SETTINGS, topicOf, type TopicName } from '#app/contracts';
import { DatabaseHealth, loggerModule, ReadinessController } from '#app/http';
import { BrokerProbe, createKafka, Outbox, OutboxBound, OutboxRelay } from '#app/messaging';
import type { Logger as PinoLogger } from 'pino';
import { CompaniesController } from './companies/companies.controller.js';
import { ChangeCompanyTagsHandler } from './companies/tags/change-company-tags.handler.js';
import { CompanyTagsController } from './companies/tags/company-tags.controller.js';
import { GetCompanyTagsHandler } from './companies/tags/get-company-tags.query.js';
import { CreateCompanyHandler } from './companies/create/create-company.handler.js';
import { DeleteCompanyHandler } from './companies/delete/delete-company.handler.js';
import { GetCompanyHandler } from './companies/get-company.query.js';
import { ListCompaniesController } from './companies/list/list-companies.controller.js';
import { ListCompaniesHandler } from './companies/list/list-companies.query.js';
import { UpdateCompanyHandler } from './companies/update/update-company.handler.js';
import { WeakPasswords } from './contacts/weak-passwords.js';
import { ContactUpdates } from './contacts/update/contact-updates.js';
import { ContactsController } from './contacts/contacts.controller.js';
import { CreateContactHandler } from './contacts/create/create-contact.handler.js';
import { GetContactHandler } from './contacts/get-contact.query.js';
import { ListContactsController } from './contacts/list/list-contacts.controller.js';
import { ListContactsHandler } from './contacts/list/list-contacts.handler.js';
import { ContactEventsController } from './contacts/history/contact-events.controller.js';
import { ListContactEventsHandler } from './contacts/history/list-contact-events.query.js';
import { PasswordHasher } from './contacts/password.hasher.js';
import { DeleteContactHandler } from './contacts/delete/delete-contact.handler.js';
import { PortalPasswordController } from './contacts/portal-password/portal-password.controller.js';
import { RemovePortalLoginHandler } from './contacts/portal-password/remove-portal-login.handler.js';
import { UpdateBatchController } from './contacts/batch/update-batch.controller.js';
import { UpsertContactHandler } from './contacts/upsert/upsert-contact.handler.js';
import { UpdateContactHandler } from './contacts/update/update-contact.handler.js';
import { ormOptions } from './orm.js';
import type { GatewayEnv } from './env.js';
import { EventsModule } from './events/events.module.js';
import { EventDocsController } from './edge/event-docs/event-docs.controller.js';
import { TopicSettings } from './edge/event-docs/topic-settings.js';
import { GatewayMetrics } from './health/gateway-metrics.js';
import { HealthController } from './health/health.controller.js';
import { OutboxBacklog } from './health/outbox-backlog.js';
import { IdempotencyInterceptor } from './writes/idempotency.interceptor.js';
import { RateLimit } from './callers/rate-limit.js';
import { DatabaseQuotaLeases } from './callers/quota-leases.js';
import { TokenQuotas } from './callers/token-quotas.js';
import { ApiTokens } from './callers/api-tokens.js';
import { CreateTokenHandler } from './tokens/create/create-token.handler.js';
import { ListTokensHandler } from './tokens/list/list-tokens.query.js';
import { RevokeTokenHandler } from './tokens/revoke-token.command.js';
import { TokenUses } from './callers/token-uses.js';
import { TokensController } from './tokens/tokens.controller.js';
import { IdempotencyStore } from './writes/idempotency-store.js';
import { IdempotencySweep } from './writes/idempotency-sweep.js';
import { WriteBus } from './writes/write-bus.js';
import { Writes } from './writes/writes.js';

const RELAY_POLL_MS = 500;

@Module({})
export class GatewayModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly relay: OutboxRelay,
    private readonly bound: OutboxBound,
  ) {}

  static register(env: GatewayEnv, logger: PinoLogger): DynamicModule {
    return {
      module: GatewayModule,
      imports: [
        loggerModule(logger),
        CqrsModule.forRoot(),
        EventsModule.register(env),
        TerminusModule.forRoot({ logger: false }),
        MikroOrmModule.forRoot({ ...ormOptions(env.databaseUrl), driver: PostgreSqlDriver, registerRequestContext: false }),
      ],
      controllers: [
        CompaniesController,
        ContactEventsController,
        CompanyTagsController,
        UpdateBatchController,
        ContactsController,
        PortalPasswordController,
        HealthController,
        ListCompaniesController,
        ListContactsController,
        TokensController,
        ...(env.docsEnabled ? [EventDocsController] : []),
        ReadinessController,
      ],
      providers: [
        ChangeCompanyTagsHandler,
        ContactUpdates,
        CreateCompanyHandler,
        CreateContactHandler,
        CreateTokenHandler,
        DatabaseHealth,
        DeleteCompanyHandler,
        DeleteContactHandler,
        GatewayMetrics,
        GetCompanyHandler,
        GetCompanyTagsHandler,
        GetContactHandler,
        ListContactEventsHandler,
        IdempotencyStore,
        IdempotencySweep,
        ListCompaniesHandler,
        ListContactsHandler,
        ListTokensHandler,
        OutboxBacklog,
        RemovePortalLoginHandler,
        RevokeTokenHandler,
        TokenUses,
        UpdateCompanyHandler,
        UpdateContactHandler,
        UpsertContactHandler,
        WriteBus,
        Writes,
        { provide: WeakPasswords, useFactory: () => (env.refuseWeakPasswords ? WeakPasswords.refused() : WeakPasswords.allowed) },
        { provide: PasswordHasher, useFactory: () => hasherOf(env) },
        {
          provide: ApiTokens,
          useFactory: (em: EntityManager, uses: TokenUses) => new ApiTokens(em, env.secret, uses),
          inject: [EntityManager, TokenUses],
        },
        { provide: RateLimit, useFactory: (em: EntityManager) => rateLimitOf(env, em), inject: [EntityManager] },
        {
          provide: APP_INTERCEPTOR,
          useFactory: (kept: IdempotencyStore) => new IdempotencyInterceptor(kept, env.secret),
          inject: [IdempotencyStore],
        },
        { provide: TopicSettings, useValue: new TopicSettings(env.topics) },
        { provide: Outbox, useValue: new Outbox({ topicPrefix: env.topics.prefix, validate: env.validateEvents }) },
        {
          provide: OutboxBound,
          useFactory: (em: EntityManager) => new OutboxBound(em, env.outboxMaxRows),
          inject: [EntityManager],
        },
        { provide: BrokerProbe, useFactory: () => brokerOf(env) },
        { provide: OutboxRelay, useFactory: () => relayOf(env) },
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.relay.start();
    this.bound.start();
  }

  /** After the last request was answered: the pass under way ends, and the lease is given back. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.relay.stop(), this.bound.stop()]);
  }
}

async function hasherOf({ credentialPublicKeys, poolThreads }: GatewayEnv): Promise<PasswordHasher> {
  return new PasswordHasher(await readSealingKey(credentialPublicKeys), new HashQueue(hashWorkers(poolThreads)));
}

function rateLimitOf({ apiRateLimit: limit }: GatewayEnv, em: EntityManager): RateLimit | null {
  return limit === 0 ? null : new RateLimit(new TokenQuotas(limit, new DatabaseQuotaLeases(em, limit)));
}

function brokerOf({ kafka, topics: { prefix } }: GatewayEnv): BrokerProbe {
  const names = Object.keys(TOPIC_SETTINGS) as TopicName[];
  return new BrokerProbe(
    createKafka({ ...kafka, clientId: 'contact-sync-gateway-health' }, new Logger('Kafka')),
    names.map((name) => topicOf(name, prefix)),
  );
}

function relayOf({ databaseUrl, kafka, topics: { partitions } }: GatewayEnv): OutboxRelay {
  const client = createKafka({ ...kafka, clientId: 'contact-sync-gateway' }, new Logger('Kafka'));
  return new OutboxRelay(client, { databaseUrl, applicationName: 'contact-sync relay', partitions, pollMs: RELAY_POLL_MS });
}
