import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { readOpeningKeys } from '#app/credentials';
import { Credentials } from './credentials.js';
import { LoginFollowUp } from './login-follow-up.js';
import { PortalLoginsConsumer } from './portal-logins.consumer.js';
import { SyncDelay } from './sync-delay.js';
import { SyncPortalLoginsHandler } from './sync-portal-logins.handler.js';
import { VersionWaiter } from './version-waiter.js';

/** Applies the topic of logins to a database: the live one in the auth app, the projection in a rebuild. */
@Module({})
export class PortalLoginsSyncModule {
  /** @param privateKeys JSON Web Key Set of the keys that credentials may be sealed to */
  static register(privateKeys: string, followUp: LoginFollowUp): DynamicModule {
    return {
      module: PortalLoginsSyncModule,
      imports: [CqrsModule.forRoot()],
      controllers: [PortalLoginsConsumer],
      providers: [
        SyncPortalLoginsHandler,
        SyncDelay,
        VersionWaiter,
        { provide: LoginFollowUp, useValue: followUp },
        { provide: Credentials, useFactory: async () => new Credentials(await readOpeningKeys(privateKeys)) },
      ],
      exports: [Credentials, VersionWaiter],
    };
  }
}
