import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CONTACT_TEXTS, PLACE_FLAGS as FLAGS } from './contact.contract.js';
import { TestGateway } from './gateway.harness.js';

const TEXTS = CONTACT_TEXTS.filter((name) => name !== 'email');

type Flags = Record<(typeof FLAGS)[number], boolean>;
type Patch = Record<string, any>;

/** The contract of a contact's own data and memberships, as a model. */
interface Model {
  version: number;
  texts: Record<string, string | null>;
  places: ({ id: number } & Flags)[];
  tags: string[];
}

let gateway: TestGateway;
let companies: number[];

beforeAll(async () => {
  gateway = await TestGateway.start();
  companies = [];
  for (const name of ['A', 'B', 'C', 'D']) companies.push(await gateway.createCompany(name));
});
afterAll(() => gateway?.stop());

const someOf = (values: Record<string, fc.Arbitrary<unknown>>) => fc.record(values, { requiredKeys: [] });
const text = fc.constantFrom('Ann', ' Ann ', 'Bö b', '', '  ', 'line\r\nbreak', 'two\r\r\nbreaks\r', 'a\r\n\rb', null);
const flag = fc.constantFrom<unknown>(true, false, 0, 1, '0', '1', 'true', 'false');
const place = fc.nat({ max: 3 });
const company = fc.oneof(
  fc.constant({}),
  place.map((at) => ({ company_id: { at } })),
  fc.uniqueArray(place, { minLength: 1, maxLength: 4 }).map((ats) => ({ company_ids: ats.map((at) => ({ at })) })),
);
const tags = fc.array(fc.constantFrom('vip', 'VIP', 'sales', ' sales ', 'Ünïcode', 'ünïcode', 'U\u0308ni\u0308code'), {
  maxLength: 4,
});
const patches = fc
  .tuple(
    someOf(Object.fromEntries(TEXTS.map((name) => [name, text]))),
    someOf(Object.fromEntries(FLAGS.map((name) => [name, flag]))),
    company,
    fc.oneof(
      { weight: 2, arbitrary: fc.constant({}) },
      tags.map((names) => ({ tags: names })),
    ),
  )
  .map((parts) => Object.assign({}, ...parts) as Patch);

/** Companies are indexes into the companies of the test until it runs. */
const withIds = (patch: Patch): Patch => ({
  ...patch,
  ...(patch['company_id'] && { company_id: companies[patch['company_id'].at] }),
  ...(patch['company_ids'] && { company_ids: patch['company_ids'].map(({ at }: { at: number }) => companies[at]) }),
});

function expected(model: Model, patch: Patch, spellings: Map<string, string>): Model {
  const texts = { ...model.texts };
  for (const name of TEXTS)
    if (name in patch) texts[name] = patch[name] === null ? null : patch[name].trim().replace(/\r+\n/g, '\n') || null;
  const named: number[] | undefined = patch['company_ids'] ?? (patch['company_id'] && [patch['company_id']]);
  const [main] = model.places;
  const moves = named && !(patch['company_id'] === main!.id);
  let places = model.places.map((held) => ({ ...held }));
  if (moves) places = named.map((id) => places.find((held) => held.id === id) ?? { ...places[0]!, id, is_primary: false });
  for (const held of places)
    for (const name of FLAGS)
      if (name in patch && (named ?? [places[0]!.id]).includes(held.id))
        held[name] = [true, 1, '1', 'true'].includes(patch[name]);
  const keyOf = (name: string) => name.trim().normalize('NFC').toLowerCase();
  const given: string[] | undefined = patch['tags'];
  for (const name of given ?? []) if (!spellings.has(keyOf(name))) spellings.set(keyOf(name), name.trim());
  const tagSet = given ? [...new Set(given.map(keyOf))].sort().map((key) => spellings.get(key)!) : model.tags;
  const next = { texts, places, tags: tagSet };
  const { version, ...former } = model;
  const changed = JSON.stringify(next) !== JSON.stringify({ texts: former.texts, places: former.places, tags: former.tags });
  return { ...next, version: changed ? version + 1 : version };
}

const modelOf = (contact: any): Model => ({
  version: contact.version,
  texts: Object.fromEntries(TEXTS.map((name) => [name, contact[name]])),
  places: contact.companies.map(({ name: _, ...held }: any) => ({
    id: held.id,
    ...Object.fromEntries(FLAGS.map((flag) => [flag, held[flag]])),
  })),
  tags: contact.tags.map(({ name }: any) => name),
});

describe('a contact compared with a model of the contract', () => {
  it('when valid patches come in random order / absent keeps, null and empty clear, equal values and the whole sent back change nothing', async () => {
    const spellings = new Map<string, string>();
    await fc.assert(
      fc.asyncProperty(fc.array(patches, { minLength: 1, maxLength: 8 }), async (sequence) => {
        const contact = await gateway.createContact({ company_id: companies[0] });
        let model = modelOf(contact);
        let last = contact;
        for (const patch of sequence.map(withIds)) {
          const { status, body } = await gateway.update(contact.id, patch);
          model = expected(model, patch, spellings);
          expect(status).toBe(200);
          expect(modelOf(body.data)).toEqual(model);
          expect(body.data.updated_at === last.updated_at).toBe(body.data.version === last.version);
          last = body.data;
        }
        expect((await gateway.update(contact.id, last)).body.data).toEqual(last);
        await gateway.call('DELETE', `/contacts/${contact.id}`);
      }),
      { numRuns: 40, endOnFailure: true, interruptAfterTimeLimit: 20_000 },
    );
  });
});
