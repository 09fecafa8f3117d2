import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventDataDefects } from '#app/contracts';
import { eventually } from '#app/system/testing';
import { TestGateway } from './gateway.harness.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway?.stop());

const remove = (id: number) => gateway.callUntilAnswered('DELETE', `/companies/${id}`);
/** Deletes a company, and waits until its last contact has left it. */
async function removeWholly(id: number) {
  const answer = await remove(id);
  await gone(id);
  return answer;
}
const gone = (id: number) =>
  eventually(async () => expect((await gateway.sql.query('select from company where id = $1', [id])).rowCount).toBe(0), {
    timeoutMs: 60_000,
  });
const contactOf = async (id: string) => (await gateway.call('GET', `/contacts/${id}`)).body.data;
const eventsOf = async (id: string, count: number) =>
  (await gateway.records('contacts.v1', id, count)).map(({ value }) => JSON.parse(value!));
const twoCompanies = async () => [await gateway.createCompany('One'), await gateway.createCompany('Two')] as const;

/** Checks that each membership has an existing company, each contact has one, and positions start at 0. */
async function expectSoundPlaces(): Promise<void> {
  const { rows } = await gateway.sql.query(
    `select k.id from contact k where not exists (select from contact_company p where p.contact_id = k.id)
     union all select p.contact_id from contact_company p left join company c on c.id = p.company_id where c.id is null
     union all select contact_id from contact_company group by contact_id having min(position) <> 0 or max(position) <> count(*) - 1`,
  );
  expect(rows).toEqual([]);
}

describe('the deletion of a company without contacts', () => {
  it('when its tags are also on others / removes the company and its tags, and others keep theirs', async () => {
    const [id, other] = await twoCompanies();
    for (const company of [id, other]) await gateway.call('PUT', `/companies/${company}/tags`, { tags: ['shared'] });
    expect(await remove(id)).toMatchObject({ status: 200, body: { message: 'Company deleted.' } });
    expect((await gateway.call('GET', `/companies/${id}`)).status).toBe(404);
    expect((await remove(id)).status).toBe(404);
    expect((await gateway.call('GET', `/companies/${other}/tags`)).body.data).toHaveLength(1);
  });

  it('when two deletions come at once / one succeeds', async () => {
    for (let round = 0; round < 10; round++) {
      const id = await gateway.createCompany();
      const answers = await Promise.all([remove(id), remove(id)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
    }
  });
});

describe('the deletion of a company that is the only one of some contacts', () => {
  it('when it is requested / answers 409 with their number, and changes no contact', async () => {
    const [id, other] = await twoCompanies();
    const both = await gateway.createContact({ company_ids: [id, other] });
    const bound = [await gateway.createContact({ company_id: id }), await gateway.createContact({ company_id: id })];
    const { status, body } = await remove(id);
    expect([status, body]).toEqual([
      409,
      { message: 'The company is the only one of 2 contacts.', code: 'company_in_use', contacts: 2 },
    ]);
    for (const contact of [both, ...bound]) expect(await contactOf(contact.id)).toEqual(contact);
    await gateway.update(bound[0].id, { company_id: other });
    expect((await remove(id)).body.message).toBe('The company is the only one of 1 contact.');
  });
});

describe('the deletion of a company of a contact with several companies', () => {
  it('when it is the main company / the next in order becomes main, with its own flags', async () => {
    const [one, two] = await twoCompanies();
    const three = await gateway.createCompany('Three');
    const created = await gateway.createContact({ company_ids: [one, two, three] });
    const { body } = await gateway.update(created.id, { company_ids: [one], is_primary: true, receive_quotation_pdf: true });
    await gateway.update(created.id, { company_ids: [one, three, two], receive_purchase_order_pdf: false });
    const before = await contactOf(created.id);
    expect(body.data.is_primary && before.is_primary).toBe(true);
    const { headers } = await removeWholly(one);
    const after = await contactOf(created.id);
    expect(after).toMatchObject({
      version: before.version + 1,
      company_id: String(three),
      company: { id: String(three), name: 'Three' },
      is_primary: false,
      companies: before.companies.slice(1),
    });
    const event = (await eventsOf(created.id, after.version)).at(-1);
    expect(event).toEqual({
      contact_id: Number(created.id),
      version: after.version,
      changed: ['company_id', 'company', 'is_primary', 'companies'],
      before: {
        company_id: String(one),
        company: { id: String(one), name: 'One' },
        is_primary: true,
        companies: before.companies,
      },
      contact: after,
    });
    expect(eventDataDefects('ContactUpdated', event)).toEqual([]);
    await expectSoundPlaces();
    const record = (await gateway.records('contacts.v1', created.id, after.version)).at(-1)!;
    expect(record.headers['ce_correlationid']).toBe(headers.get('x-request-id'));
  });

  it('when it is a further company / the main company and its flags stay, and the history shows it', async () => {
    const [one, two] = await twoCompanies();
    const before = await gateway.createContact({ company_ids: [one, two], receive_quotation_pdf: true });
    await removeWholly(two);
    const after = await contactOf(before.id);
    expect(after).toEqual({ ...before, version: 2, updated_at: after.updated_at, companies: before.companies.slice(0, 1) });
    const [, event] = await eventsOf(before.id, 2);
    expect(event).toMatchObject({ version: 2, changed: ['companies'], before: { companies: before.companies } });
    const { rows } = await gateway.sql.query(
      'select version::int, changes from contact_event where contact_id = $1 order by seq desc limit 1',
      [before.id],
    );
    expect(rows).toEqual([{ version: 2, changes: { companies: { old: before.companies, new: after.companies } } }]);
  });

  it('when the contact was primary there / the flag is gone with the company and can be set again', async () => {
    const [one, two] = await twoCompanies();
    const { id } = await gateway.createContact({ company_ids: [one, two] });
    await removeWholly(one);
    const { status, body } = await gateway.update(id, { is_primary: true });
    expect([status, body.data.is_primary, body.data.company_id]).toEqual([200, true, String(two)]);
    const third = await gateway.createCompany();
    expect((await gateway.update(id, { company_ids: [third, two] })).body.data.companies).toMatchObject([
      { id: third },
      { id: two, is_primary: true },
    ]);
  });

  it('when it has many contacts / one deletion changes all of them', async () => {
    const [one, two] = await twoCompanies();
    const many = 1_200;
    await gateway.sql.query(
      `with k as (insert into contact (version, first_name, created_at, updated_at)
           select 1, 'Many', now(), now() from generate_series(1, $3::int) returning id)
         insert into contact_company select id, c, place - 1, false, false, false, false
           from k, unnest(array[$1, $2]::bigint[]) with ordinality as o(c, place)`,
      [one, two, many],
    );
    expect((await removeWholly(one)).status).toBe(200);
    const { rows } = await gateway.sql.query(
      `select count(*)::int as contacts, count(e.seq)::int as events, max(k.version)::int as version
       from contact_company p join contact k on k.id = p.contact_id left join contact_event e on e.contact_id = k.id
       where p.company_id = $1`,
      [two],
    );
    expect(rows).toEqual([{ contacts: many, events: many, version: 2 }]);
  });
});

describe('the deletion of a company and a concurrent write', () => {
  it.each([
    ['moves there', false, ['422 200', '200 409']],
    // Both can succeed: the contact gets the further company, and loses it again.
    ['takes a further place there', true, ['422 200', '200 200']],
  ])('when a contact %s / the write finds no company, or the deletion sees the contact', async (_, further, allowed) => {
    for (let round = 0; round < 20; round++) {
      const [from, to] = await twoCompanies();
      const contact = await gateway.createContact({ company_id: from });
      const patch = further ? { company_ids: [from, to] } : { company_id: to };
      const early = round % 2 === 0 ? remove(to) : undefined;
      const moving = gateway.updateUntilAnswered(contact.id, patch);
      const [moved, removed] = await Promise.all([moving, early ?? remove(to)]);
      expect(allowed).toContain(`${moved.status} ${removed.status}`);
      if (removed.status === 200) await gone(to);
      const after = await contactOf(contact.id);
      const versions = (await eventsOf(contact.id, after.version)).map(({ version }) => version);
      expect(versions).toEqual(Array.from({ length: after.version }, (_, index) => index + 1));
    }
    await expectSoundPlaces();
  });

  it('when a contact leaves / it keeps the other company, and its events have no hole', async () => {
    for (let round = 0; round < 10; round++) {
      const [one, two] = await twoCompanies();
      const contact = await gateway.createContact({ company_ids: [one, two] });
      const [left, removed] = await Promise.all([gateway.updateUntilAnswered(contact.id, { company_ids: [two] }), remove(one)]);
      expect([left.status, removed.status]).toEqual([200, 200]);
      await gone(one);
      expect(await contactOf(contact.id)).toMatchObject({ version: 2, company_id: String(two), companies: [{ id: two }] });
    }
    await expectSoundPlaces();
  });

  it('when a contact is created there or becomes primary / the two writes are done one after the other', async () => {
    for (let round = 0; round < 10; round++) {
      const [one, two] = await twoCompanies();
      const former = await gateway.createContact({ company_ids: [two, one], is_primary: true });
      const [created, primary, removed] = await Promise.all([
        gateway.callUntilAnswered('POST', '/contacts', { first_name: 'New', company_ids: [one, two] }),
        gateway.updateUntilAnswered(former.id, { company_ids: [one, two], is_primary: true }),
        remove(one),
      ]);
      expect([created.status, primary.status].every((status) => [200, 201, 422].includes(status))).toBe(true);
      expect(removed.status).toBe(200);
      await gone(one);
    }
    await expectSoundPlaces();
  });

  it("when the contact's other company is deleted too / the contact keeps one of them", async () => {
    for (let round = 0; round < 10; round++) {
      const [one, two] = await twoCompanies();
      const { id } = await gateway.createContact({ company_ids: [one, two] });
      const answers = await Promise.all([remove(one), remove(two)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      await gone(answers[0].status === 200 ? one : two);
      expect((await contactOf(id)).companies).toHaveLength(1);
    }
    await expectSoundPlaces();
  });
});
