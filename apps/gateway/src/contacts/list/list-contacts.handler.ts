import { EntityManager } from '@mikro-orm/postgresql';
import { QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ContactSnapshot } from '#app/contracts';
import { Company } from '../../companies/company.entity.js';
import { CompanyNotFound } from '../../companies/company.errors.js';
import type { ListAnswer } from '../../wire/page.response.js';
import { LIST_OPERATORS } from '../../lists/list-operators.js';
import type { ListFilter, ReadListQuery } from '../../lists/list-query.js';
import { onSnapshot, readList } from '../../lists/list-reader.js';
import { snapshotOf } from '../contact.snapshot.js';
import { readContacts } from '../contact.store.js';
import { CONTACT_LIST_FIELDS, contactSource } from './contact-list.fields.js';
import { ListContactsQuery } from './list-contacts.query.js';

@QueryHandler(ListContactsQuery)
export class ListContactsHandler implements IQueryHandler<ListContactsQuery> {
  constructor(private readonly em: EntityManager) {}

  execute({ list, companyId }: ListContactsQuery): Promise<ListAnswer<ContactSnapshot>> {
    return onSnapshot(this.em, async (em) => {
      if (companyId !== undefined && (await em.count(Company, { id: companyId })) === 0) throw new CompanyNotFound();
      const narrowed = companyId === undefined ? list : inCompany(companyId, list);
      return readList(em, contactSource, narrowed, (ids) => loadContacts(em, ids));
    });
  }
}

/** The same query, asked of one company's contacts alone. */
export function inCompany(companyId: number, { spec, errors }: ReadListQuery): ReadListQuery {
  const only: ListFilter = {
    field: CONTACT_LIST_FIELDS.get('company_id')!,
    operator: LIST_OPERATORS.get('eq')!,
    values: [companyId],
  };
  return { spec: { ...spec, filters: [only, ...spec.filters] }, errors };
}

async function loadContacts(em: EntityManager, ids: number[]): Promise<ContactSnapshot[]> {
  const contacts = new Map((await readContacts(em, ids)).map((contact) => [contact.id, contact]));
  return ids.map((id) => snapshotOf(contacts.get(id)!, contacts.get(id)!));
}
