import { QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { StatementPool } from '#app/postgres';
import { ContactNotFound } from './contact.errors.js';
import { snapshotOf } from './contact.snapshot.js';
import { readContacts } from './contact.store.js';
import { GetContactQuery } from './get-contact.query.js';
import type { WrittenContact } from './written-contact.js';

@QueryHandler(GetContactQuery)
export class GetContactHandler implements IQueryHandler<GetContactQuery> {
  constructor(private readonly statements: StatementPool) {}

  async execute({ contactId }: GetContactQuery): Promise<WrittenContact> {
    const [contact] = await readContacts(this.statements, [contactId]);
    if (!contact) throw new ContactNotFound();
    return { contact: snapshotOf(contact, contact), loginVersion: contact.loginVersion };
  }
}
