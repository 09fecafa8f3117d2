import { EntityManager, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Logger, Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { HashQueue, hashWorkers, readSealingKey } from '#app/credentials';
import { loggerModule, Metrics } from '#app/http';
import { createKafka, Outbox, OutboxBound, OutboxRelay } from '#app/messaging';
import type { Logger as PinoLogger } from 'pino';
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
import { CallersModule } from './callers/callers.module.js';
import { CompaniesModule } from './companies/companies.module.js';
import { EventDocsModule } from './edge/event-docs/event-docs.module.js';
import { HealthModule } from './health/health.module.js';
import { TokensModule } from './tokens/tokens.module.js';
import { ormOptions } from './orm.js';
import type { GatewayEnv } from './env.js';
import { EventsModule } from './events/events.module.js';
import { IdempotencyInterceptor } from './writes/idempotency.interceptor.js';
import { IdempotencyStore } from './writes/idempotency-store.js';
import { IdempotencySweep } from './writes/idempotency-sweep.js';
import { loginMarks } from './writes/login-marks.js';
import { WriteBus } from './writes/write-bus.js';
import { Writes } from './writes/writes.js';

const RELAY_POLL_MS = 500;

@Module({})
export class GatewayModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly relay: OutboxRelay,
    private readonly bound: OutboxBound,
    metrics: Metrics,
    hasher: PasswordHasher,
  ) {
    metrics.addHashes(() => hasher.load);
  }

  static register(env: GatewayEnv, logger: PinoLogger): DynamicModule {
    return {
      module: GatewayModule,
      global: true,
      imports: [
        loggerModule(logger),
        CqrsModule.forRoot(),
        MikroOrmModule.forRoot({ ...ormOptions(env.databaseUrl), driver: PostgreSqlDriver, registerRequestContext: false }),
        CallersModule.register(env),
        CompaniesModule,
        EventsModule.register(env),
        HealthModule.register(env),
        TokensModule,
        ...(env.docsEnabled ? [EventDocsModule.register(env.topics)] : []),
      ],
      controllers: [
        ContactEventsController,
        UpdateBatchController,
        ContactsController,
        PortalPasswordController,
        ListContactsController,
      ],
      providers: [
        ContactUpdates,
        CreateContactHandler,
        DeleteContactHandler,
        GetContactHandler,
        ListContactEventsHandler,
        IdempotencyStore,
        IdempotencySweep,
        ListContactsHandler,
        RemovePortalLoginHandler,
        UpdateContactHandler,
        UpsertContactHandler,
        WriteBus,
        Writes,
        { provide: WeakPasswords, useFactory: () => (env.refuseWeakPasswords ? WeakPasswords.refused() : WeakPasswords.allowed) },
        { provide: PasswordHasher, useFactory: () => hasherOf(env) },
        {
          provide: APP_INTERCEPTOR,
          useFactory: (kept: IdempotencyStore) => new IdempotencyInterceptor(kept, env.secret),
          inject: [IdempotencyStore],
        },
        { provide: Outbox, useValue: new Outbox({ topicPrefix: env.topics.prefix, validate: env.validateEvents }) },
        {
          provide: OutboxBound,
          useFactory: (em: EntityManager) => new OutboxBound(em, env.outboxMaxRows),
          inject: [EntityManager],
        },
        { provide: OutboxRelay, useFactory: () => relayOf(env) },
      ],
      exports: [OutboxBound, OutboxRelay, WriteBus, Writes],
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

function relayOf({ databaseUrl, kafka, topics: { prefix, partitions }, eventMacKeys }: GatewayEnv): OutboxRelay {
  const client = createKafka({ ...kafka, clientId: 'contact-sync-gateway' }, new Logger('Kafka'));
  return new OutboxRelay(client, {
    databaseUrl,
    applicationName: 'contact-sync relay',
    partitions,
    stamp: loginMarks(eventMacKeys, prefix),
    pollMs: RELAY_POLL_MS,
  });
}
