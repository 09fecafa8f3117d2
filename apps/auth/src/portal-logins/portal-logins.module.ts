import { Module, type DynamicModule } from '@nestjs/common';
import { consumerStatements } from '../database/orm.js';
import type { AuthEnv } from '../env.js';
import { GetPortalLoginHandler } from './get-portal-login.handler.js';
import type { LoginFollowUp } from './login-follow-up.js';
import { PortalLoginsSyncModule } from './portal-logins-sync.module.js';
import { PortalLoginsController } from './portal-logins.controller.js';

/** The auth app's logins: their sync from the topic, and the operators' view of them. */
@Module({})
export class PortalLoginsModule {
  static register({ credentialPrivateKeys: privateKeys, databaseUrl }: AuthEnv, followUp: LoginFollowUp): DynamicModule {
    const sync = PortalLoginsSyncModule.register({ privateKeys, followUp, statements: consumerStatements(databaseUrl) });
    return {
      module: PortalLoginsModule,
      imports: [sync],
      controllers: [PortalLoginsController],
      providers: [GetPortalLoginHandler],
      exports: [sync],
    };
  }
}
