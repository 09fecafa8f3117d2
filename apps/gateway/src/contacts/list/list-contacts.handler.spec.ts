import { expect, it, jest } from '@jest/globals';
import { LIST_OPERATORS } from '../../lists/list-operators.js';
import type { ReadListQuery } from '../../lists/list-query.js';
import type { ListReader } from '../../lists/list-reader.js';
import { CONTACT_LIST_FIELDS } from './contact-list.fields.js';
import { ListContactsHandler } from './list-contacts.handler.js';
import { ListContactsQuery } from './list-contacts.query.js';

const filterBy = (field: string, operator: string) => ({
  field: CONTACT_LIST_FIELDS.get(field)!,
  operator: LIST_OPERATORS.get(operator)!,
  values: ['555'],
});

it.each([
  { asked: 'by a part of a phone', filters: [filterBy('phone', 'contains')], searches: 1 },
  { asked: 'by a part of a first name', filters: [filterBy('id', 'gt'), filterBy('first_name', 'contains')], searches: 1 },
  // No other index has it.
  { asked: 'by a second phone', filters: [filterBy('phone_2', 'eq')], searches: 1 },
  { asked: 'by phones', filters: [filterBy('phone_2', 'in')], searches: 1 },
  { asked: 'by the time of a change', filters: [filterBy('updated_at', 'gte')], searches: 0 },
  { asked: 'by what an email does not have', filters: [filterBy('email', 'notcontains')], searches: 0 },
  { asked: 'by a range of names', filters: [filterBy('last_name', 'gt')], searches: 0 },
  { asked: "by a part of their company's name", filters: [filterBy('company.name', 'contains')], searches: 0 },
  { asked: 'by the status that all have', filters: [filterBy('status', 'eq')], searches: 0 },
  { asked: 'without a filter', filters: [], searches: 0 },
])('when contacts are listed $asked / the trigrams hear of $searches searches', async ({ filters, searches }) => {
  const searched = jest.fn();
  const read = jest.fn(() => Promise.resolve({ data: [] }));
  const handler = new ListContactsHandler({ read } as unknown as ListReader, { searched });
  await handler.execute(new ListContactsQuery({ spec: { filters } } as unknown as ReadListQuery));
  expect(searched).toHaveBeenCalledTimes(searches);
});
