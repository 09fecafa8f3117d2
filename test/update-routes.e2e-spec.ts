import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eventually, testSeed } from '#app/system/testing';
import { batchCounts, batchesBetween, type BatchCounts } from './bench/batches.js';
import { TestGateway, type Answer } from './gateway.harness.js';
import { changesOf, comparable, FIELDS, text, withNewTag } from './write-routes.js';

let gateway: TestGateway;
let company: number;
/** The first contact's company, others, and one that does not exist. */
let companies: number[];

beforeAll(async () => {
  gateway = await TestGateway.start();
  company = await gateway.createCompany();
  companies = [company, await gateway.createCompany('B'), await gateway.createCompany('C'), 999_999_999];
  for (const name of ['Known', 'also known']) await gateway.createContact({ company_id: company, tags: [name] });
});
afterAll(() => gateway?.stop());

const optional = { requiredKeys: [] };
const patches = fc.record(
  {
    first_name: text,
    ...FIELDS,
    tags: fc.uniqueArray(fc.constantFrom('known', 'KNOWN', 'also known', 'new one'), { maxLength: 3 }),
  },
  optional,
);

const anyCompany = fc.nat({ max: 3 });
const moves = fc.option(
  fc.oneof(
    anyCompany.map((index) => () => ({ company_id: companies[index] })),
    fc
      .uniqueArray(anyCompany, { minLength: 1, maxLength: 3 })
      .map((indexes) => () => ({ company_ids: indexes.map((index) => companies[index]) })),
  ),
  { nil: () => ({}) },
);

const read = async (id: string) => comparable((await gateway.callUntilAnswered('GET', `/contacts/${id}`)).body.data);

describe('the two implementations of an update', () => {
  it('when one contact is written by batch statements and one by the unit of work / equal random updates give equal states and events', async () => {
    let unique = 0;
    const sequences = fc.array(fc.tuple(patches, moves), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(sequences, async (updates) => {
        const emails = [`batch-${++unique}@x.io`, `alone-${unique}@x.io`];
        const [batch, alone] = [
          await gateway.createContact({ company_id: company, email: emails[0] }),
          await gateway.createContact({ company_id: company, email: emails[1] }),
        ];
        for (const [fields, move] of updates) {
          const patch = { ...fields, ...move() };
          // An update that makes a tag has a transaction of its own.
          const current = (await gateway.callUntilAnswered('GET', `/contacts/${alone.id}`)).body.data;
          const upsert = {
            ...patch,
            email: emails[1],
            tags: withNewTag(patch.tags ?? current.tags.map(({ name }: any) => name)),
          };
          const answers = [
            await gateway.callUntilAnswered('PATCH', '/contacts', upsert),
            // The other tags of the first patch exist by now.
            await gateway.updateUntilAnswered(batch.id, patch),
          ];
          expect(answers[0]!.status).toBe(answers[1]!.status);
          const [byUnitOfWork, byBatch] = answers.map(({ body }) => (body.data ? comparable(body.data) : body));
          expect(byBatch).toEqual(byUnitOfWork);
        }
        expect(await read(batch.id)).toEqual(await read(alone.id));
        expect(await changesOf(gateway, batch.id)).toEqual(await changesOf(gateway, alone.id));
      }),
      { seed: testSeed(import.meta.filename), numRuns: 25 },
    );
  }, 300_000);
});

describe('a contact that shares companies and tags with another one', () => {
  it('when the other one loses, gains and reorders them / stays as it is, with its login', async () => {
    const shared = { company_ids: companies.slice(0, 2), tags: ['known', 'also known'], receive_quotation_pdf: true };
    const [kept, changed] = [
      await gateway.createContact({ ...shared, email: 'kept@x.io', password: 'a long enough password' }),
      await gateway.createContact(shared),
    ];
    for (const patch of [
      { company_ids: [companies[1], companies[0]], receive_quotation_pdf: false, tags: ['known'] },
      { company_ids: companies.slice(0, 2) },
      { company_id: companies[2], tags: [] },
      { company_ids: companies.slice(0, 2), tags: withNewTag([]) },
      { company_ids: [companies[1], companies[0]], tags: withNewTag(['known']) },
      { company_id: companies[0], tags: withNewTag([]) },
    ]) {
      const { status, body } = await gateway.update(changed.id, patch);
      expect([status, (await gateway.callUntilAnswered('GET', `/contacts/${changed.id}`)).body]).toEqual([200, body]);
    }
    expect((await gateway.call('DELETE', `/contacts/${changed.id}`)).status).toBe(200);
    expect((await gateway.callUntilAnswered('GET', `/contacts/${kept.id}`)).body.data).toEqual(kept);
  });
});

/** On a busy machine the deadline of a caller can be so near that a batch ends its waits with it: one statement more. */
const WAITS = 1;
/** What is compared to the statement is measured again so often. */
const BUSY_ROUNDS = 2;

/** What the transactions of batches cost while `work` runs. */
async function costOf(work: () => Promise<void>): Promise<BatchCounts> {
  const before = await batchCounts(gateway.url);
  await work();
  return batchesBetween(before, await batchCounts(gateway.url));
}

/** Contacts with logins; all but the first have the first one's credential. */
async function contactsWithLogins(count: number): Promise<string[]> {
  const contacts = [
    await gateway.createContact({ company_id: company, email: 'login-0@x.io', password: 'a long enough password' }),
  ];
  while (contacts.length < count)
    contacts.push(await gateway.createContact({ company_id: company, email: `login-${contacts.length}@x.io` }));
  const ids = contacts.map(({ id }) => id);
  await gateway.sql.query(
    `insert into portal_login (contact_id, email, email_key, credential)
     select c.id, c.email, c.email_key, l.credential from contact c, portal_login l where l.contact_id = $1 and c.id = any($2::bigint[])`,
    [ids[0], ids.slice(1)],
  );
  await gateway.sql.query('update contact set has_portal_login = true, login_version = 1 where id = any($1::bigint[])', [
    ids.slice(1),
  ]);
  return ids;
}

describe('batches of updates', () => {
  it('when the contacts of a batch change different fields / each gets its values, and keeps its others', async () => {
    const fields = ['first_name', 'last_name', 'phone_1', 'phone_2', 'receiving_bank_name', 'receiving_bank_address'];
    const contacts = await Promise.all(
      Array.from({ length: 36 }, (_, index) =>
        gateway.createContact({
          company_id: company,
          email: `mixed-${index}@x.io`,
          ...Object.fromEntries(fields.map((name) => [name, `${name} ${index}`])),
        }),
      ),
    );
    const patches = contacts.map((_, index) => ({ [fields[index % fields.length]!]: index % 4 === 0 ? null : `new ${index}` }));
    const cost = await costOf(async () => {
      const answers = await Promise.all(contacts.map(({ id }, index) => gateway.update(id, patches[index]!)));
      expect(answers.map(({ status }) => status)).toEqual(contacts.map(() => 200));
    });
    expect(cost.transactions).toBeLessThan(contacts.length);
    for (const [index, { id }] of contacts.entries()) {
      const former = Object.fromEntries(fields.map((name) => [name, `${name} ${index}`]));
      const { data } = (await gateway.callUntilAnswered('GET', `/contacts/${id}`)).body;
      expect(data).toMatchObject({ ...former, ...patches[index], version: 2 });
    }
  });

  it('when 64 emails of logins change at once / no batch has more statements or round trips than the update of one', async () => {
    const ids = await contactsWithLogins(64);
    const one = await costOf(async () => void (await gateway.update(ids[0]!, { email: 'alone@x.io' })));
    const all = await costOf(async () => {
      const answers = await Promise.all(ids.map((id, index) => gateway.update(id, { email: `changed-${index}@x.io` })));
      expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200));
    });
    expect(one.transactions).toBe(1);
    expect(all.transactions).toBeLessThan(64);
    expect(all.statements / all.transactions).toBeLessThanOrEqual(one.statements + WAITS);
    expect(all.roundTrips / all.transactions).toBeLessThanOrEqual(one.roundTrips);
  });

  it('when 64 contacts move to other companies at once / no batch has more statements or round trips than one move', async () => {
    const contacts: { id: string }[] = [];
    while (contacts.length < 64) contacts.push(await gateway.createContact({ company_id: company }));
    const [one, ...others] = contacts;
    const move = (id: string, index: number) => gateway.update(id, { company_id: companies[1 + (index % 2)] });
    const alone = await costOf(async () => void (await move(one!.id, 0)));
    const all = await costOf(async () => {
      const answers = await Promise.all(others.map(({ id }, index) => move(id, index)));
      expect(answers.map(({ status }) => status)).toEqual(others.map(() => 200));
    });
    expect(alone).toMatchObject({ transactions: 1, roundTrips: 3 });
    expect(all.statements / all.transactions).toBeLessThanOrEqual(alone.statements + WAITS);
    expect(all.roundTrips / all.transactions).toBeLessThanOrEqual(alone.roundTrips);
  });

  it('when another transaction has the company of a move / the attempts of its batch have no more round trips than the move', async () => {
    const { id } = await gateway.createContact({ company_id: company });
    const locking = await gateway.sql.connect();
    await locking.query('begin');
    await locking.query('select from company where id = $1 for no key update', [companies[1]]);
    let move: Promise<Answer> | undefined;
    const attempts = await costOf(async () => {
      const before = await batchCounts(gateway.url);
      move = gateway.update(id, { company_id: companies[1] });
      await eventually(async () =>
        expect(batchesBetween(before, await batchCounts(gateway.url)).transactions).toBeGreaterThanOrEqual(3),
      );
    }).finally(() => locking.query('commit'));
    locking.release();
    expect((await move!).status).toBe(200);
    expect(attempts.roundTrips).toBe(3 * attempts.transactions);
  });

  it('when updates have keys / a batch has as many round trips as without them, and three statements more', async () => {
    const contacts: { id: string }[] = [];
    while (contacts.length < 16) contacts.push(await gateway.createContact({ company_id: company }));
    const update = (name: string, headersOf: (id: string) => Record<string, string>) =>
      costOf(async () => {
        const answers = await Promise.all(contacts.map(({ id }) => gateway.update(id, { first_name: name }, headersOf(id))));
        expect(answers.map(({ status }) => status)).toEqual(contacts.map(() => 200));
      });
    const each = ({ transactions, statements, roundTrips }: BatchCounts) => [
      statements / transactions,
      roundTrips / transactions,
    ];
    let round = 0;
    const keyed = (id: string) => ({ 'Idempotency-Key': `cost-${id}-${round}` });
    const costs = async () => [await update(`A ${round}`, () => ({})), await update(`B ${round}`, keyed)].map(each);
    const isBusy = ([without, withKeys]: number[][]) => withKeys![0] !== without![0]! + 3;
    let [without, withKeys] = await costs();
    while (isBusy([without!, withKeys!]) && round++ < BUSY_ROUNDS) [without, withKeys] = await costs();
    expect(without![1]).toBe(2);
    expect(withKeys).toEqual([without![0]! + 3, 2]);
    expect(await update(`B ${round}`, keyed)).toEqual({ transactions: 0, statements: 0, roundTrips: 0 });
  });

  it('when a batch of 60 items has a key / they share transactions, each has its own result, and a repetition decides the refused one alone', async () => {
    const contacts: { id: string }[] = [];
    while (contacts.length < 59) contacts.push(await gateway.createContact({ company_id: company }));
    const items = [
      ...contacts.map(({ id }, index) => ({ id: Number(id), last_name: `L ${index}` })),
      { id: 999_999_999, last_name: 'L' },
    ];
    const send = () => gateway.call('POST', '/contacts/batch', { items }, { 'Idempotency-Key': `batch ${contacts[0]!.id}` });
    const answers: Answer[] = [];
    const cost = await costOf(async () => void answers.push(await send()));
    expect(cost.transactions).toBeLessThan(12);
    const results = answers[0]!.body.data;
    expect(results.map(({ status, data }: any) => [status, data?.last_name, data?.version])).toEqual([
      ...contacts.map((_, index) => [200, `L ${index}`, 2]),
      [404, undefined, undefined],
    ]);
    // The refused item is decided again.
    const repetition = await costOf(async () => void answers.push(await send()));
    expect(repetition.transactions).toBe(1);
    expect(answers[1]!.body).toEqual(answers[0]!.body);
  });
});
