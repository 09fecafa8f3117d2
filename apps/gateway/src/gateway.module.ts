import { EntityManager, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Logger, Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { TerminusModule } from '@nestjs/terminus';
import { readSealingKey } from '@app/credentials';
import { loggerModule } from '@app/http';
import { createKafka, Outbox, OutboxRelay } from '@app/messaging';
import type { Logger as PinoLogger } from 'pino';
import { CompaniesController } from './companies/companies.controller.js';
import { CreateCompanyHandler } from './companies/create-company.command.js';
import { GetCompanyHandler } from './companies/get-company.query.js';
import { ContactUpdates } from './contacts/update-contact/contact-updates.js';
import { ContactsController } from './contacts/contacts.controller.js';
import { CreateContactHandler } from './contacts/create-contact/create-contact.handler.js';
import { GetContactHandler } from './contacts/get-contact.query.js';
import { PasswordHasher } from './contacts/password.hasher.js';
import { UpdateContactHandler } from './contacts/update-contact/update-contact.handler.js';
import { ormOptions } from './database/orm.js';
import type { GatewayEnv } from './env.js';
import { HealthController } from './health/health.controller.js';
import { ApiTokens } from './tokens/api-tokens.js';

const RELAY_POLL_MS = 500;

@Module({})
export class GatewayModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly relay: OutboxRelay) {}

  static register(env: GatewayEnv, logger: PinoLogger): DynamicModule {
    return {
      module: GatewayModule,
      imports: [
        loggerModule(logger),
        CqrsModule.forRoot(),
        TerminusModule.forRoot({ logger: false }),
        MikroOrmModule.forRoot({ ...ormOptions(env.databaseUrl), driver: PostgreSqlDriver, registerRequestContext: false }),
      ],
      controllers: [CompaniesController, ContactsController, HealthController],
      providers: [
        ContactUpdates,
        CreateCompanyHandler,
        CreateContactHandler,
        GetCompanyHandler,
        GetContactHandler,
        UpdateContactHandler,
        { provide: PasswordHasher, useFactory: async () => new PasswordHasher(await readSealingKey(env.credentialPublicKeys)) },
        { provide: ApiTokens, useFactory: (em: EntityManager) => new ApiTokens(em, env.secret), inject: [EntityManager] },
        { provide: Outbox, useValue: new Outbox({ topicPrefix: env.topics.prefix, validate: env.validateEvents }) },
        { provide: OutboxRelay, useFactory: () => relayOf(env) },
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.relay.start();
  }

  /** After the last request was answered: the pass under way ends, and the lease is given back. */
  async onApplicationShutdown(): Promise<void> {
    await this.relay.stop();
  }
}

function relayOf({ databaseUrl, kafka }: GatewayEnv): OutboxRelay {
  const client = createKafka({ ...kafka, clientId: 'contact-sync-gateway' }, new Logger('Kafka'));
  return new OutboxRelay(client, { databaseUrl, applicationName: 'contact-sync relay', pollMs: RELAY_POLL_MS });
}
