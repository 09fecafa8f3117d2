import { EntityManager } from '@mikro-orm/postgresql';
import { Module, type DynamicModule } from '@nestjs/common';
import { HashQueue, hashWorkers, readSealingKey } from '#app/credentials';
import { Metrics } from '#app/http';
import { UpdateBatchController } from './batch/update-batch.controller.js';
import { ContactsController } from './contacts.controller.js';
import { CreateContactHandler } from './create/create-contact.handler.js';
import { ContactRemains } from './delete/contact-remains.js';
import { DeleteContactHandler } from './delete/delete-contact.handler.js';
import { ExportContactsController } from './export/export-contacts.controller.js';
import { GetContactHandler } from './get-contact.handler.js';
import { ContactEventsController } from './history/contact-events.controller.js';
import { ListContactEventsHandler } from './history/list-contact-events.query.js';
import { HistorySweep } from './history/history-sweep.js';
import { CompanyRemovals } from './leave-company/company-removals.js';
import { DeleteCompanyHandler } from './leave-company/delete-company.handler.js';
import { ListContactsController } from './list/list-contacts.controller.js';
import { ListContactsHandler } from './list/list-contacts.handler.js';
import { TrigramCleaning } from './list/trigram-cleaning.js';
import { PasswordHasher } from './password.hasher.js';
import { PortalPasswordController } from './portal-password/portal-password.controller.js';
import { RemovePortalLoginHandler } from './portal-password/remove-portal-login.handler.js';
import { ContactWrites } from './together/contact-writes.js';
import { UpdateContactHandler } from './update/update-contact.handler.js';
import { UpsertContactHandler } from './upsert/upsert-contact.handler.js';
import { commonPasswords, WeakPasswords } from './weak-passwords.js';

interface ContactsSettings {
  /** JSON Web Key Set that seals credentials. */
  credentialPublicKeys: string;
  /** Threads of the process' pool; hashes share them. */
  poolThreads: number;
  refuseWeakPasswords: boolean;
  /** How many days a contact's history is kept; null: as long as the contact. */
  historyDays: number | null;
}

/** Contacts, their portal logins and their history. */
@Module({})
export class ContactsModule {
  constructor(metrics: Metrics, hasher: PasswordHasher) {
    metrics.addHashes(() => hasher.load);
  }

  static register(settings: ContactsSettings): DynamicModule {
    return {
      module: ContactsModule,
      controllers: [
        ContactEventsController,
        UpdateBatchController,
        ContactsController,
        ExportContactsController,
        PortalPasswordController,
        ListContactsController,
      ],
      providers: [
        CreateContactHandler,
        CompanyRemovals,
        ContactRemains,
        ContactWrites,
        DeleteCompanyHandler,
        DeleteContactHandler,
        GetContactHandler,
        ListContactEventsHandler,
        ListContactsHandler,
        RemovePortalLoginHandler,
        TrigramCleaning,
        UpdateContactHandler,
        UpsertContactHandler,
        {
          provide: WeakPasswords,
          useFactory: async () => new WeakPasswords(settings.refuseWeakPasswords ? await commonPasswords() : null),
        },
        ...(settings.historyDays === null ? [] : [historySweep(settings.historyDays)]),
        { provide: PasswordHasher, useFactory: () => hasherOf(settings) },
      ],
    };
  }
}

async function hasherOf({ credentialPublicKeys, poolThreads }: ContactsSettings): Promise<PasswordHasher> {
  return new PasswordHasher(await readSealingKey(credentialPublicKeys), new HashQueue(hashWorkers(poolThreads)));
}

const historySweep = (days: number) => ({
  provide: HistorySweep,
  useFactory: (em: EntityManager) => new HistorySweep(em, days),
  inject: [EntityManager],
});
