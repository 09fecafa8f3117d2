import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { loggerModule } from '#app/http';
import type { Logger as PinoLogger } from 'pino';
import { AuditModule } from './audit/audit.module.js';
import { CallersModule } from './callers/callers.module.js';
import { CompaniesModule } from './companies/companies.module.js';
import { recordHistory } from './contacts/contact-history.store.js';
import { ContactsModule } from './contacts/contacts.module.js';
import { EventDocsModule } from './edge/event-docs/event-docs.module.js';
import type { GatewayEnv } from './env.js';
import { EventsModule } from './events/events.module.js';
import { ExportsModule } from './exports/exports.module.js';
import { HealthModule } from './health/health.module.js';
import { ListsModule } from './lists/lists.module.js';
import { listOrmOptions, ormOptions } from './orm.js';
import { TokensModule } from './tokens/tokens.module.js';
import { WritesModule } from './writes/writes.module.js';

/** The gateway: all of its features. */
@Module({})
export class GatewayModule {
  static register(env: GatewayEnv, logger: PinoLogger): DynamicModule {
    return {
      module: GatewayModule,
      imports: [
        loggerModule(logger),
        CqrsModule.forRoot(),
        MikroOrmModule.forRoot({ ...ormOptions(env.databaseUrl), driver: PostgreSqlDriver, registerRequestContext: false }),
        AuditModule.register(env),
        CallersModule.register(env),
        WritesModule.register(env, recordHistory),
        CompaniesModule,
        ContactsModule.register(env),
        EventsModule.register(env),
        ExportsModule.register(env),
        HealthModule.register(env),
        ListsModule.register(listOrmOptions(env.databaseUrl)),
        TokensModule,
        ...(env.docsEnabled ? [EventDocsModule.register(env.topics)] : []),
      ],
    };
  }
}
