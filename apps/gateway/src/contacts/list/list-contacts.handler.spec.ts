import { expect, it, jest } from '@jest/globals';
import { LIST_OPERATORS } from '../../lists/list-operators.js';
import type { ReadListQuery } from '../../lists/list-query.js';
import type { ListReader } from '../../lists/list-reader.js';
import { CONTACT_LIST_FIELDS } from './contact-list.fields.js';
import { ListContactsHandler } from './list-contacts.handler.js';
import { ListContactsQuery } from './list-contacts.query.js';

const filter = { field: CONTACT_LIST_FIELDS.get('phone')!, operator: LIST_OPERATORS.get('contains')!, values: ['555'] };

it.each([
  { filters: [filter], asked: 'with a filter', searches: 1 },
  { filters: [], asked: 'without a filter', searches: 0 },
])('when contacts are listed $asked / the trigrams hear of $searches searches', async ({ filters, searches }) => {
  const searched = jest.fn();
  const read = jest.fn(() => Promise.resolve({ data: [] }));
  const handler = new ListContactsHandler({ read } as unknown as ListReader, { searched });
  await handler.execute(new ListContactsQuery({ spec: { filters } } as unknown as ReadListQuery));
  expect(searched).toHaveBeenCalledTimes(searches);
});
