import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eventually, testSeed } from '#app/system/testing';
import { batchCounts, batchesBetween, type BatchCounts } from './bench/batches.js';
import { TestGateway } from './gateway.harness.js';
import { changesOf, comparable, FIELDS, withNewTag } from './write-routes.js';

let gateway: TestGateway;
let companies: number[];
let unique = 0;
const address = () => `route-${++unique}@x.io`;
const PASSWORD = 'a long enough password';
/** What is compared to the statement is measured again so often, where the machine was busy. */
const BUSY_ROUNDS = 2;

beforeAll(async () => {
  gateway = await TestGateway.start();
  companies = [];
  for (const name of ['A', 'B', 'C']) companies.push(await gateway.createCompany(name));
  await gateway.createContact({ company_id: companies[0], tags: ['Known', 'also known'] });
});
afterAll(() => gateway?.stop());

/** What the transactions of batches cost while `work` runs. */
async function costOf(work: () => Promise<void>): Promise<BatchCounts> {
  const before = await batchCounts(gateway.url);
  await work();
  return batchesBetween(before, await batchCounts(gateway.url));
}

const create = (fields: Record<string, unknown>) => gateway.call('POST', '/contacts', { first_name: 'John', ...fields });
const createUntilAnswered = (fields: Record<string, unknown>) =>
  gateway.callUntilAnswered('POST', '/contacts', { first_name: 'John', ...fields });
const upsert = (fields: Record<string, unknown>) => gateway.call('PATCH', '/contacts', fields);
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
const stored = async (id: string) => comparable((await gateway.callUntilAnswered('GET', `/contacts/${id}`)).body.data);

const bodies = fc.record(
  {
    first_name: fc.constantFrom('Ann', 'ß "quoted" \\ {x,y} NULL'),
    ...FIELDS,
    tags: fc.uniqueArray(fc.constantFrom('known', 'ALSO known'), { maxLength: 2 }),
    hasEmail: fc.boolean(),
    company: fc.nat({ max: 3 }),
    places: fc.uniqueArray(fc.nat({ max: 2 }), { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: ['hasEmail', 'company', 'places'] },
);

describe('the two implementations of a creation', () => {
  it('when one contact is written by batch statements and one by the unit of work / equal random bodies give equal states and events', async () => {
    await fc.assert(
      fc.asyncProperty(bodies, async ({ hasEmail, company, places, ...fields }) => {
        // The last company does not exist; `places` name several.
        const where =
          company === 3
            ? { company_ids: places.map((place) => companies[place]) }
            : { company_id: [...companies.slice(0, 2), 999_999_999][company] };
        const body = () => ({ ...fields, ...where, ...(hasEmail ? { email: address() } : {}) });
        const alone = await createUntilAnswered({ ...body(), tags: withNewTag(fields.tags ?? []) });
        const together = await createUntilAnswered(body());
        expect(together.status).toBe(alone.status);
        if (together.status !== 201) return expect(together.body).toEqual(alone.body);
        expect(comparable(together.body.data)).toEqual(comparable(alone.body.data));
        expect(await stored(together.body.data.id)).toEqual(comparable(together.body.data));
        expect(await changesOf(gateway, together.body.data.id)).toEqual(await changesOf(gateway, alone.body.data.id));
      }),
      { seed: testSeed(import.meta.filename), numRuns: 25 },
    );
  });
});

describe('a creation in a transaction of its own', () => {
  it('when the new contact is primary / the former primary contact loses the flag, with its version and event', async () => {
    const company_id = await gateway.createCompany();
    const former = await gateway.createContact({ company_id, is_primary: true });
    const contact = await gateway.createContact({ company_id, is_primary: true });
    expect(contact.is_primary).toBe(true);
    expect(await stored(former.id)).toMatchObject({ is_primary: false });
    const [, demoted] = await gateway.records('contacts.v1', former.id, 2);
    expect(JSON.parse(demoted!.value!)).toMatchObject({ version: 2, changed: ['is_primary', 'companies'] });
  });

  it('when the new contact has an email / an upsert finds it by that one, and by the next one', async () => {
    const emails = many(2, address);
    const { id } = await gateway.createContact({ company_id: companies[0], email: emails[0], tags: withNewTag([]) });
    const found = await upsert({ email: emails[0], last_name: 'Found' });
    await gateway.update(id, { email: emails[1], tags: withNewTag([]) });
    const again = await upsert({ email: emails[1], last_name: 'Again' });
    expect([found, again].map(({ status, body }) => [status, body.data?.id])).toEqual([
      [200, id],
      [200, id],
    ]);
  });
});

describe('batches of creations', () => {
  it('when 48 contacts are created at once / they share transactions, each of two round trips and of no more statements than one', async () => {
    const body = (index: number) => ({
      company_ids: [companies[index % 3], companies[(index + 1) % 3]],
      tags: ['known'],
      last_name: `L ${index}`,
      ...(index % 2 === 0 ? { phone_1: `P ${index}` } : {}),
    });
    const one = await costOf(async () => expect((await create(body(0))).status).toBe(201));
    const ids: string[] = [];
    const all = await costOf(async () => {
      for (const {
        status,
        body: { data },
      } of await Promise.all(many(48, (index) => create(body(index))))) {
        expect(status).toBe(201);
        ids.push(data.id);
      }
    });
    expect(one).toMatchObject({ transactions: 1, roundTrips: 2 });
    expect(all.transactions).toBeLessThan(48);
    expect(all.roundTrips).toBe(2 * all.transactions);
    // On a busy machine a batch can have one statement more, which ends its waits with the deadline of a caller.
    expect(all.statements / all.transactions).toBeLessThanOrEqual(one.statements + 1);
    expect(new Set(ids).size).toBe(48);
    for (const [index, id] of ids.entries()) {
      expect(await stored(id)).toMatchObject({
        last_name: `L ${index}`,
        phone_1: index % 2 === 0 ? `P ${index}` : null,
        companies: [{ id: companies[index % 3] }, { id: companies[(index + 1) % 3] }],
        tags: [{ name: 'Known' }],
      });
    }
  });

  it('when a company is being renamed / a creation in it waits, and one in another company does not', async () => {
    const renaming = await gateway.sql.connect();
    await renaming.query('begin');
    await renaming.query('select from company where id = $1 for no key update', [companies[0]]);
    const waiting = create({ company_id: companies[0] });
    const others = await Promise.all(many(8, () => create({ company_id: companies[1] }))).finally(() => renaming.query('commit'));
    renaming.release();
    expect(others.map(({ status }) => status)).toEqual(others.map(() => 201));
    expect((await waiting).status).toBe(201);
  });

  it('when another creation in the company has not ended / costs what it costs else', async () => {
    const one = () => costOf(async () => expect((await create({ company_id: companies[0] })).status).toBe(201));
    const creating = await gateway.sql.connect();
    const costs = async () => {
      const usual = await one();
      await creating.query('begin');
      await creating.query('select from company where id = $1 for share', [companies[0]]);
      const beside = await one().finally(() => creating.query('rollback'));
      return { usual, beside };
    };
    let { usual, beside } = await costs();
    // On a busy machine a creation can end its waits with the deadline of its caller: one statement more.
    for (let busy = 0; beside.statements !== usual.statements && busy < BUSY_ROUNDS; busy++) ({ usual, beside } = await costs());
    creating.release();
    expect(beside).toEqual(usual);
  });

  it('when one of them claims a login email that is taken in a race / it alone is refused', async () => {
    const email = address();
    const claiming = many(2, () => create({ company_id: companies[0], email, password: PASSWORD }));
    const others = many(6, () => create({ company_id: companies[0] }));
    const statuses = (await Promise.all(claiming)).map(({ status }) => status).sort();
    expect(statuses).toEqual([201, 422]);
    expect((await Promise.all(others)).map(({ status }) => status)).toEqual(many(6, () => 201));
  });

  it('when a creation with a key is sent again / it is answered by the stored contact, and no second one exists', async () => {
    const email = address();
    const send = () =>
      gateway.call(
        'POST',
        '/contacts',
        { first_name: 'A', company_id: companies[0], email },
        { 'Idempotency-Key': `create ${email}` },
      );
    const [first, again] = [await send(), await send()];
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect((await gateway.call('GET', `/contacts?email=${encodeURIComponent(email)}`)).body.meta.total).toBe(1);
  });
});

describe('batches of upserts', () => {
  it('when 24 upserts name new emails / they share transactions; sent again they update, and do so too', async () => {
    const emails = many(24, address);
    const send = async (first_name: string, status: number) => {
      const answers = await Promise.all(emails.map((email) => upsert({ email, first_name, company_id: companies[0] })));
      expect(answers.map((answer) => [answer.status, answer.body.data?.first_name])).toEqual(
        emails.map(() => [status, first_name]),
      );
      return answers.map(({ body }) => body.data.id as string);
    };
    let [created, updated]: string[][] = [];
    const costs = [
      await costOf(async () => void (created = await send('New', 201))),
      await costOf(async () => void (updated = await send('Known', 200))),
    ];
    for (const { transactions } of costs) {
      expect(transactions).toBeGreaterThan(0);
      expect(transactions).toBeLessThan(16);
    }
    expect(updated).toEqual(created);
  });

  it('when many upserts name one new email at once / one creates the contact, and the others update it', async () => {
    const email = address();
    const answers = await Promise.all(many(8, (index) => upsert({ email, first_name: `U${index}`, company_id: companies[0] })));
    expect(answers.map(({ status }) => status).sort()).toEqual([...many(7, () => 200), 201]);
    expect(new Set(answers.map(({ body }) => body.data.id)).size).toBe(1);
  });
});

describe('batches of deletions', () => {
  it('when 24 contacts are deleted at once / they share transactions, and each is gone with its login and its history', async () => {
    const withLogin = await gateway.createContact({ company_id: companies[0], email: address(), password: PASSWORD });
    const contacts = [
      withLogin,
      ...(await Promise.all(many(23, () => gateway.createContact({ company_id: companies[0], tags: ['known'] })))),
    ];
    const ids = contacts.map(({ id }) => id as string);
    const preview = (await gateway.call('DELETE', `/contacts/${ids[0]}`, undefined, { Prefer: 'dry-run' })).body.events;
    await gateway.sql.query(
      `insert into contact_event (id, contact_id, type, version, created_at, request_id, changes)
       select gen_random_uuid(), id, 'ContactUpdated', n, now(), 'request', '{}' from unnest($1::bigint[]) id, generate_series(1, 200) n`,
      [ids],
    );
    const all = await costOf(async () => {
      const answers = await Promise.all(ids.map((id) => gateway.call('DELETE', `/contacts/${id}`)));
      expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200));
      expect(answers[0]!.headers.get('portal-login-version')).toBe('2');
    });
    expect(all.transactions).toBeGreaterThan(0);
    expect(all.transactions).toBeLessThan(12);
    for (const id of ids) expect((await gateway.call('GET', `/contacts/${id}`)).status).toBe(404);
    for (const table of ['contact_company', 'contact_tag', 'contact_event', 'portal_login']) {
      const { rows } = await gateway.sql.query(
        `select count(*)::int as rows from ${table} where contact_id = any($1::bigint[])`,
        [ids],
      );
      expect([table, rows[0].rows]).toEqual([table, 0]);
    }
    const [deleted] = (await gateway.records('contacts.v1', ids[0]!, 2)).slice(-1);
    const [, removed] = await gateway.records('portal-logins.v1', ids[0]!, 2);
    const dataOf = ({ type, data }: any) => ({ type, data });
    const shown = (record: any) => {
      const { credential: _credential, position: _position, ...data } = JSON.parse(record.value);
      return { type: record.headers.ce_type.split('.')[1], data };
    };
    expect([removed, deleted].map(shown)).toEqual(preview.map(dataOf));
  });

  it('when a contact is updated and deleted at once / the deletion is last, whatever shares a transaction', async () => {
    for (let round = 0; round < 5; round++) {
      const { id } = await gateway.createContact({ company_id: companies[0] });
      const key = { 'Idempotency-Key': `update ${id}` };
      const [updated, deleted] = await Promise.all([
        gateway.update(id, { first_name: 'Changed' }, key),
        gateway.call('DELETE', `/contacts/${id}`),
      ]);
      expect([200, 404]).toContain(updated.status);
      expect(deleted.status).toBe(200);
      const { rows } = await gateway.sql.query(
        'select result from idempotency_key where contact_id = $1 and result is not null',
        [id],
      );
      expect(rows).toEqual([]);
      await eventually(async () => {
        const records = await gateway.records('contacts.v1', id, updated.status === 200 ? 3 : 2);
        expect(records.at(-1)!.headers['ce_type']).toBe('contact-sync.ContactDeleted.v1');
      });
    }
  });
});
