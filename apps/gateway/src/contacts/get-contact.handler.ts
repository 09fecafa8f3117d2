import { QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { SharedLookUps, StatementPool } from '#app/postgres';
import { ContactNotFound } from './contact.errors.js';
import { snapshotOf } from './contact.snapshot.js';
import type { ContactState } from './contact.state.js';
import { readContacts } from './contact.store.js';
import { GetContactQuery } from './get-contact.query.js';
import type { WrittenContact } from './written-contact.js';

@QueryHandler(GetContactQuery)
export class GetContactHandler implements IQueryHandler<GetContactQuery> {
  private readonly contacts: SharedLookUps<number, ContactState>;

  constructor(statements: StatementPool) {
    this.contacts = new SharedLookUps(
      (ids) => readContacts(statements, [...new Set(ids)]),
      ({ id }, contactId) => id === contactId,
    );
  }

  async execute({ contactId }: GetContactQuery): Promise<WrittenContact> {
    const [contact] = await this.contacts.find(contactId);
    if (!contact) throw new ContactNotFound();
    return { contact: snapshotOf(contact, contact), loginVersion: contact.loginVersion };
  }
}
