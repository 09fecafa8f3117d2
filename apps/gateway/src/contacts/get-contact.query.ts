import { EntityManager } from '@mikro-orm/postgresql';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { readParts } from './contact-parts.js';
import { Contact } from './contact.entity.js';
import { ContactNotFound } from './contact.errors.js';
import { snapshotOf } from './contact.snapshot.js';
import type { WrittenContact } from './written-contact.js';

/** Read a contact. */
export class GetContactQuery extends Query<WrittenContact> {
  constructor(readonly contactId: number) {
    super();
  }
}

@QueryHandler(GetContactQuery)
export class GetContactHandler implements IQueryHandler<GetContactQuery> {
  constructor(private readonly em: EntityManager) {}

  async execute({ contactId }: GetContactQuery): Promise<WrittenContact> {
    const em = this.em.fork();
    const contact = await em.findOne(Contact, contactId);
    if (!contact) throw new ContactNotFound();
    await readParts(em, [contact]);
    return { contact: snapshotOf(contact), loginVersion: contact.loginVersion };
  }
}
