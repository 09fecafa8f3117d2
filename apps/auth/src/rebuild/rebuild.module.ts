import { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Module, type DynamicModule } from '@nestjs/common';
import { NoFollowUp } from '../portal-logins/login-follow-up.js';
import type { StatementPool } from '#app/postgres';
import { PortalLoginsSyncModule } from '../portal-logins/portal-logins-sync.module.js';

/** The auth app's own sync of logins on the projection's database. */
@Module({})
export class RebuildModule {
  static register(projection: MikroORM, statements: StatementPool, privateKeys: string): DynamicModule {
    return {
      module: RebuildModule,
      global: true,
      imports: [PortalLoginsSyncModule.register({ privateKeys, statements, followUp: new NoFollowUp() })],
      providers: [{ provide: EntityManager, useValue: projection.em }],
      exports: [EntityManager],
    };
  }
}
