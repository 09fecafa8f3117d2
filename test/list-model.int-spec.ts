import { migrate } from '#app/postgres';
import { loginEmailKey } from '#app/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MikroORM } from '@mikro-orm/postgresql';
import { CONTACT_FIELDS, type ContactSnapshot } from '#app/contracts';
import { createLanguageDatabase, createTestDatabase, type TestDatabase } from '#app/system/testing';
import fc from 'fast-check';
import { CONTACT_LIST_FIELDS } from '../apps/gateway/src/contacts/list/contact-list.fields.js';
import { ListContactsHandler } from '../apps/gateway/src/contacts/list/list-contacts.handler.js';
import { ListContactsQuery } from '../apps/gateway/src/contacts/list/list-contacts.query.js';
import { TrigramCleaning } from '../apps/gateway/src/contacts/list/trigram-cleaning.js';
import { ormOptions } from '../apps/gateway/src/orm.js';
import { ListReader } from '../apps/gateway/src/lists/list-reader.js';
import { ListSlots } from '../apps/gateway/src/lists/list-slots.js';
import { LIST_OPERATORS } from '../apps/gateway/src/lists/list-operators.js';
import { readListQuery } from '../apps/gateway/src/lists/list-query.js';
import { readQueryString } from '../apps/gateway/src/wire/query-string.js';
import { CONTACT_TEXTS } from './contact.contract.js';
import { modelList, type ModelFilter } from './list-model.js';

const ROWS = 60;
/** Parts of values: case, wildcards, blanks, commas and letters beyond ASCII. They are few, so that values often match. */
const ALPHABET = ['a', 'A', 'b', 'B', '%', '_', '\\', ' ', 'é', 'É', 'Ж', 'ж', 'Σ', 'σ', 'ς', '𝒜', '0'];
const BASE_TIME = Date.UTC(2026, 0, 1);

let database: TestDatabase;
let orm: MikroORM;
let contacts: ContactSnapshot[];

const list = (query: string) => {
  const lists = new ListReader(orm, new ListSlots({ perFamily: 4, perProcess: 4 }));
  const read = readListQuery(readQueryString(`/contacts?${query}`), CONTACT_LIST_FIELDS);
  return new ListContactsHandler(lists, new TrigramCleaning(orm.em)).execute(new ListContactsQuery({ ...read, familyId: '1' }));
};

const word = fc.array(fc.constantFrom(...ALPHABET), { minLength: 1, maxLength: 4 }).map((letters) => letters.join(''));

/** Rows as callers can make them: trimmed, and null where nothing is left. */
async function fill({ em }: MikroORM): Promise<void> {
  const text = fc.option(word).map((value) => value?.trim() || null);
  const row = fc.record({
    texts: fc.record(Object.fromEntries(CONTACT_TEXTS.map((name) => [name, text]))),
    has_portal_login: fc.boolean(),
    version: fc.integer({ min: 1, max: 3 }),
    created_at: fc.integer({ min: 0, max: 3 }).map((days) => new Date(BASE_TIME + days * 86_400_000 + 5)),
    companies: fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
    tags: fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { maxLength: 2 }),
    flags: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  });
  const rows = fc.sample(row, { numRuns: ROWS, seed: 7 });
  for (const name of ['Acme', 'acme', 'Über_B', '100%', 'ж'])
    await em.execute('insert into company (name, created_at, updated_at) values (?, now(), now())', [name]);
  for (const name of ['VIP', 'Été', 'a_b', '%', 'ΣΑΣ'])
    await em.execute('insert into tag (name, name_key) values (?, ?)', [name, name.toLowerCase()]);
  for (const [index, { companies, tags, flags, texts, ...contact }] of rows.entries()) {
    const email_key = texts['email'] == null ? null : loginEmailKey(texts['email']);
    const values = { ...texts, ...contact, email_key, updated_at: contact.created_at };
    const marks = Object.keys(values).map(() => '?');
    await em.execute(`insert into contact (${Object.keys(values).join()}) values (${marks.join()})`, Object.values(values));
    // Positions after deletions of companies: not always from zero.
    for (const [position, company] of companies.entries())
      await em.execute('insert into contact_company values (?, ?, ?, false, ?, ?, ?)', [
        index + 1,
        company,
        position + (index % 2),
        ...flags,
      ]);
    for (const tag of tags) await em.execute('insert into contact_tag values (?, ?)', [index + 1, tag]);
  }
}

const sortable = [...CONTACT_LIST_FIELDS].filter(([, field]) => field.sortBy !== null).map(([name]) => name);

const valueFor: Record<string, fc.Arbitrary<string>> = {
  integer: fc.integer({ min: 0, max: 12 }).map(String),
  boolean: fc.constantFrom('true', 'false', '0', '1'),
  time: fc.integer({ min: 0, max: 3 }).chain((days) => {
    const date = new Date(BASE_TIME + days * 86_400_000 + 5).toISOString();
    return fc.constantFrom(date, date.slice(0, 10));
  }),
};

/** A copied text can have characters that cannot be seen. */
const withUnseen = ([text, place]: [string, number]): string => [...text].toSpliced(place, 0, '\u200b').join('');

const operandFor = (operator: string, field: string): fc.Arbitrary<string> => {
  const { type } = CONTACT_LIST_FIELDS.get(field)!;
  if (/set$/.test(operator)) return fc.constant('');
  const stored = fc.constantFrom(
    'Acme',
    'VIP',
    'été',
    'active',
    'a_b',
    ...contacts.flatMap((c) => [c.full_name, c.email, c.phone_1]).filter((v) => v !== null),
  );
  if (/contains$/.test(operator) && type === 'boolean') return fc.constantFrom('true', 'false');
  if (/contains$/.test(operator) && type === 'time') return fc.constantFrom('2026-01-0', 't00', '.005Z', '-03T');
  const one = valueFor[type] ?? fc.oneof(word, stored, fc.tuple(fc.oneof(word, stored), fc.nat({ max: 4 })).map(withUnseen));
  return /in$/.test(operator) ? fc.array(one, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(',')) : one;
};

const filter: () => fc.Arbitrary<ModelFilter> = () =>
  fc
    .tuple(fc.constantFrom(...CONTACT_LIST_FIELDS.keys()), fc.constantFrom(...LIST_OPERATORS.keys()))
    .chain(([field, operator]) => operandFor(operator, field).map((value) => ({ field, operator, value })));

it('when the filters of the contact list are compared with the contract / they are its scalar fields, company.name and tags', () => {
  const parts: readonly string[] = ['company', 'companies', 'tags'];
  const scalars = CONTACT_FIELDS.filter((name) => !parts.includes(name));
  expect([...CONTACT_LIST_FIELDS.keys()].sort()).toEqual([...scalars, 'company.name', 'tags'].sort());
});

describe.each<[string, () => Promise<TestDatabase>]>([
  ['bytes', () => createTestDatabase()],
  ['the rules of a language', () => createLanguageDatabase('en-US')],
])('the list of contacts compared with a model of the contract, in a database that sorts by %s', (_, create) => {
  beforeAll(async () => {
    database = await create();
    orm = await MikroORM.init(ormOptions(database.url));
    await migrate(orm);
    await fill(orm);
    contacts = (await list(`per_page=${ROWS}`)).data;
  });
  afterAll(async () => {
    await orm?.close();
    await database?.drop();
  });

  it('when filters and sorting are random / finds the same contacts in the same order', async () => {
    const sort = fc.array(fc.record({ field: fc.constantFrom(...sortable), descending: fc.boolean() }), { maxLength: 3 });
    const page = fc.constantFrom([1, ROWS], [1, 7], [2, 7], [4, 7]);
    const query = fc.record({ filters: fc.array(filter(), { maxLength: 2 }), sort, page });
    await fc.assert(
      fc.asyncProperty(query, async ({ filters, sort, page: [page = 1, perPage = ROWS] }) => {
        const order = sort.map(({ field, descending }) => `${field}:${descending ? 'desc' : 'asc'}`).join();
        const asked = filters.map(({ field, operator, value }) => `${field}[${operator}]=${encodeURIComponent(value)}`);
        const expected = modelList(contacts, filters, sort);
        const { data, meta } = await list(
          [...asked, ...(order ? [`sort=${order}`] : []), `page=${page}&per_page=${perPage}`].join('&'),
        );
        expect(data.map(({ id }) => id)).toEqual(expected.slice((page - 1) * perPage, page * perPage));
        expect(meta.total).toBe(expected.length);
      }),
      { numRuns: 300 },
    );
  });

  it.each(['gt', 'gte', 'lt', 'lte'])('when tags are compared by %s / code points decide', async (operator) => {
    for (const value of ['VIP', 'été', 'a_b', 'a0', 'ab', 'Σ', 'ς', 'σας']) {
      const { data } = await list(`tags[${operator}]=${encodeURIComponent(value)}&per_page=${ROWS}`);
      const expected = modelList(contacts, [{ field: 'tags', operator, value }], []);
      expect([value, data.map(({ id }) => id)]).toEqual([value, expected]);
    }
  });

  it.each([...CONTACT_LIST_FIELDS.keys()])('when the field %s is filtered / it accepts every operator', async (field) => {
    for (const operator of LIST_OPERATORS.keys()) {
      const [value = ''] = fc.sample(operandFor(operator, field), { numRuns: 1, seed: 3 });
      const { data } = await list(`${field}[${operator}]=${encodeURIComponent(value)}&per_page=${ROWS}`);
      expect([operator, data.map(({ id }) => id)]).toEqual([operator, modelList(contacts, [{ field, operator, value }], [])]);
    }
  });
});
