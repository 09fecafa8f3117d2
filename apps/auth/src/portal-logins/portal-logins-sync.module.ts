import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { readOpeningKeys } from '#app/credentials';
import { StatementPool } from '#app/postgres';
import { Credentials } from './credentials.js';
import { LoginFollowUp } from './login-follow-up.js';
import { LoginStore } from './login.store.js';
import { PortalLoginsConsumer } from './portal-logins.consumer.js';
import { SyncDelay } from './sync-delay.js';
import { SyncPortalLoginsHandler } from './sync-portal-logins.handler.js';
import { VersionWaiter } from './version-waiter.js';

interface SyncSettings {
  /** JSON Web Key Set of the keys that credentials may be sealed to. */
  privateKeys: string;
  /** Connections to the database that records are applied to; closed with the app. */
  statements: StatementPool;
  followUp: LoginFollowUp;
}

/** Applies the topic of logins to a database: the live one in the auth app, the projection in a rebuild. */
@Module({})
export class PortalLoginsSyncModule implements OnApplicationShutdown {
  constructor(private readonly statements: StatementPool) {}

  static register({ privateKeys, statements, followUp }: SyncSettings): DynamicModule {
    return {
      module: PortalLoginsSyncModule,
      imports: [CqrsModule.forRoot()],
      controllers: [PortalLoginsConsumer],
      providers: [
        LoginStore,
        SyncPortalLoginsHandler,
        SyncDelay,
        VersionWaiter,
        { provide: StatementPool, useValue: statements },
        { provide: LoginFollowUp, useValue: followUp },
        { provide: Credentials, useFactory: async () => new Credentials(await readOpeningKeys(privateKeys)) },
      ],
      exports: [Credentials, VersionWaiter],
    };
  }

  /** After the consumer has ended. */
  async onApplicationShutdown(): Promise<void> {
    await this.statements.end();
  }
}
