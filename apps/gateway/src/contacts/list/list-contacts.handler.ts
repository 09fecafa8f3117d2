import type { EntityManager } from '@mikro-orm/postgresql';
import { Inject } from '@nestjs/common';
import { QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ContactSnapshot } from '#app/contracts';
import { Company } from '../../companies/company.entity.js';
import { CompanyNotFound } from '../../companies/company.errors.js';
import type { ListAnswer } from '../../wire/page.response.js';
import { LIST_OPERATORS, type PositiveOperator } from '../../lists/list-operators.js';
import type { ListFilter, ReadListQuery } from '../../lists/list-query.js';
import { ListReader } from '../../lists/list-reader.js';
import { snapshotOf } from '../contact.snapshot.js';
import { readContacts } from '../contact.store.js';
import { CONTACT_LIST_FIELDS, contactSource } from './contact-list.fields.js';
import { ListContactsQuery } from './list-contacts.query.js';
import { TrigramCleaning } from './trigram-cleaning.js';

@QueryHandler(ListContactsQuery)
export class ListContactsHandler implements IQueryHandler<ListContactsQuery> {
  constructor(
    private readonly lists: ListReader,
    @Inject(TrigramCleaning) private readonly trigrams: Pick<TrigramCleaning, 'searched'>,
  ) {}

  execute({ list, companyId }: ListContactsQuery): Promise<ListAnswer<ContactSnapshot>> {
    if (list.spec.filters.some(canReadTrigrams)) this.trigrams.searched();
    if (companyId === undefined) return this.lists.read(contactSource, list, loadContacts);
    return this.lists.read(contactSource, inCompany(companyId, list), loadContacts, async (em) => {
      if ((await em.count(Company, { id: companyId, closedAt: null })) === 0) throw new CompanyNotFound();
    });
  }
}

/** What the index of trigrams can answer: parts of a contact's own texts, and whole ones. */
const BY_TRIGRAMS: ReadonlySet<PositiveOperator> = new Set(['contains', 'eq', 'in']);

const canReadTrigrams = ({ field, operator }: ListFilter): boolean =>
  field.type === 'text' &&
  !field.within &&
  field.constant === undefined &&
  !operator.negated &&
  BY_TRIGRAMS.has(operator.positive);

/** The same query, limited to one company's contacts. */
export function inCompany<List extends Pick<ReadListQuery, 'spec'>>(companyId: number, list: List): List {
  const only: ListFilter = {
    field: CONTACT_LIST_FIELDS.get('company_id')!,
    operator: LIST_OPERATORS.get('eq')!,
    values: [companyId],
  };
  return { ...list, spec: { ...list.spec, filters: [only, ...list.spec.filters] } };
}

async function loadContacts(em: EntityManager, ids: number[]): Promise<ContactSnapshot[]> {
  const contacts = new Map((await readContacts(em, ids)).map((contact) => [contact.id, contact]));
  return ids.map((id) => snapshotOf(contacts.get(id)!, contacts.get(id)!));
}
