import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventDataDefects } from '#app/contracts';
import { openCredential, readOpeningKeys } from '#app/credentials';
import { TestGateway } from './gateway.harness.js';

let gateway: TestGateway;
let unique = 0;
const address = () => `person${++unique}@example.com`;

beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway?.stop());

/** The data of a contact's events on the contacts topic. */
const contactEvents = async (id: string, count: number) => {
  const records = await gateway.records('contacts.v1', id, count);
  return records.map(({ value }) => JSON.parse(value!));
};
const loginEvents = async (id: string, count: number) => {
  const records = await gateway.records('portal-logins.v1', id, count);
  return records.map(({ value }) => JSON.parse(value!));
};
/** A later change of the same contact: when it is on the topic, all earlier events are too. */
const marker = (id: string) => gateway.update(id, { phone_2: `marker ${++unique}` });

describe('the examples of the documented update', () => {
  it('when only email is given / nothing else changes', async () => {
    const before = await gateway.createContact({ email: address(), last_name: 'Smith', tags: ['vip'] });
    const email = address();
    const { status, headers, body } = await gateway.update(before.id, { email });
    expect(status).toBe(200);
    expect(body.data).toEqual({ ...before, email, version: 2, updated_at: body.data.updated_at });
    expect(headers.get('etag')).toBe('"2"');
    const [created, updated] = await contactEvents(before.id, 2);
    expect(created).toMatchObject({ contact_id: Number(before.id), version: 1, contact: before });
    expect(updated).toEqual({
      contact_id: Number(before.id),
      version: 2,
      changed: ['email'],
      before: { email: before.email },
      contact: body.data,
    });
    expect(eventDataDefects('ContactUpdated', updated)).toEqual([]);
  });

  it('when several fields are given / makes one version and one event for all of them', async () => {
    const before = await gateway.createContact();
    const { body } = await gateway.update(before.id, {
      first_name: ' Jane ',
      last_name: 'Doe',
      phone_1: '555',
      tags: ['Zeta', 'alpha'],
      receive_quotation_pdf: true,
    });
    expect(body.data).toMatchObject({
      version: 2,
      full_name: 'Jane Doe',
      phone: '555',
      phone_1: '555',
      receive_quotation_pdf: true,
    });
    expect(body.data.tags.map((tag: { name: string }) => tag.name)).toEqual(['alpha', 'Zeta']);
    // As text: a new tag has its names in the order of a stored one.
    expect(JSON.stringify((await gateway.call('GET', `/contacts/${before.id}`)).body.data)).toBe(JSON.stringify(body.data));
    const [, updated] = await contactEvents(before.id, 2);
    expect(updated.changed).toEqual([
      'first_name',
      'last_name',
      'full_name',
      'phone',
      'phone_1',
      'receive_quotation_pdf',
      'companies',
      'tags',
    ]);
    expect(Object.keys(updated.before).sort()).toEqual([...updated.changed].sort());
  });

  it('when company_id is given / the contact moves with its receive flags and is not primary', async () => {
    const before = await gateway.createContact({ is_primary: true, receive_purchase_order_pdf: true });
    const other = await gateway.createCompany('Other');
    const { body } = await gateway.update(before.id, { company_id: other });
    expect(body.data).toMatchObject({
      company_id: String(other),
      company: { id: String(other), name: 'Other' },
      is_primary: false,
      receive_purchase_order_pdf: true,
    });
    expect(body.data.companies).toHaveLength(1);
  });

  it('when email and is_primary are given / keeps the company, and the former primary contact loses the flag with an event', async () => {
    const company = await gateway.createCompany();
    const former = await gateway.createContact({ company_id: company, is_primary: true });
    const contact = await gateway.createContact({ company_id: company });
    const email = address();
    const { body } = await gateway.update(contact.id, { email, is_primary: true });
    expect(body.data).toMatchObject({ email, is_primary: true, company_id: String(company) });
    const [, demoted] = await contactEvents(former.id, 2);
    expect(demoted).toMatchObject({ version: 2, changed: ['is_primary', 'companies'], before: { is_primary: true } });
    expect((await gateway.call('GET', `/contacts/${former.id}`)).body.data).toMatchObject({ is_primary: false, version: 2 });
  });
});

describe('an update without changes', () => {
  it.each([
    ['an empty body', () => ({})],
    ['the values it has', (contact: any) => ({ first_name: contact.first_name, email: contact.email })],
    ['the whole object sent back', (contact: any) => contact],
    ['its tags in another order and case', () => ({ tags: ['B', 'a'] })],
    ['unknown fields', () => ({ id: '1', version: 9, nonsense: true })],
  ])('when it has %s / answers 200 with the same version and time, and writes no event', async (_, patch) => {
    const before = await gateway.createContact({ email: address(), tags: ['A', 'b'], is_primary: true });
    const { status, body } = await gateway.update(before.id, patch(before));
    expect(status).toBe(200);
    expect(body.data).toEqual(before);
    await marker(before.id);
    expect((await contactEvents(before.id, 2)).map(({ version }) => version)).toEqual([1, 2]);
  });
});

describe('the companies and flags of an update', () => {
  it('when company_ids is given / replaces the memberships in this order, and a kept membership keeps its flags', async () => {
    const [a, b, c] = [await gateway.createCompany('A'), await gateway.createCompany('B'), await gateway.createCompany('C')];
    const contact = await gateway.createContact({ company_ids: [a, b], receive_quotation_pdf: true });
    await gateway.update(contact.id, { receive_quotation_pdf: false });
    const { body } = await gateway.update(contact.id, { company_ids: [c, b] });
    expect(body.data.companies.map(({ id, receive_quotation_pdf }: any) => [id, receive_quotation_pdf])).toEqual([
      [c, false],
      [b, true],
    ]);
    expect(body.data.company_id).toBe(String(c));
  });

  it('when company_id is the main company / keeps the further ones', async () => {
    const [a, b] = [await gateway.createCompany('A'), await gateway.createCompany('B')];
    const contact = await gateway.createContact({ company_ids: [a, b] });
    const { body } = await gateway.update(contact.id, { company_id: a, receive_quotation_pdf: true });
    expect(body.data.companies.map(({ id, receive_quotation_pdf }: any) => [id, receive_quotation_pdf])).toEqual([
      [a, true],
      [b, false],
    ]);
  });

  it('when 12 contacts become primary of one company at once / exactly one is primary, and no update is lost', async () => {
    const company = await gateway.createCompany();
    const contacts = await Promise.all(Array.from({ length: 12 }, () => gateway.createContact({ company_id: company })));
    const answers = await Promise.all(contacts.map(({ id }) => gateway.updateUntilAnswered(id, { is_primary: true })));
    expect(answers.map(({ status }) => status)).toEqual(contacts.map(() => 200));
    const now = await Promise.all(contacts.map(({ id }) => gateway.call('GET', `/contacts/${id}`)));
    expect(now.filter(({ body }) => body.data.is_primary)).toHaveLength(1);
  });
});

describe('the portal login of an update', () => {
  it('when a password is given / makes the login, sealed in the event, stored in no table, with one event of the contact', async () => {
    const contact = await gateway.createContact({ email: 'Login.One@Example.com' });
    const { status, headers, body } = await gateway.update(contact.id, { password: 'correct horse' });
    expect(status).toBe(200);
    expect(body.data).toMatchObject({ has_portal_login: true, version: 2 });
    expect(headers.get('portal-login-version')).toBe('1');
    const [login] = await loginEvents(contact.id, 1);
    expect(login).toMatchObject({
      contact_id: Number(contact.id),
      version: 1,
      changes: ['created'],
      email: 'Login.One@Example.com',
      previous_email: null,
    });
    const keys = await readOpeningKeys(JSON.stringify(gateway.privateKeys));
    await expect(openCredential(keys, Number(contact.id), login.credential)).resolves.toMatch(/^\$argon2id\$v=19\$m=19456,/);
    const [, updated] = await contactEvents(contact.id, 2);
    expect(updated.changed).toEqual(['has_portal_login']);
    const stored = await gateway.sql.query('select * from portal_login where contact_id = $1', [contact.id]);
    expect(JSON.stringify([stored.rows, login, updated])).not.toMatch(/argon2|correct horse/);
  });

  it('when the same password is given again / the login changes, and the contact does not', async () => {
    const contact = await gateway.createContact({ email: address(), password: 'correct horse' });
    const { headers, body } = await gateway.update(contact.id, { password: 'correct horse' });
    expect(body.data).toEqual(contact);
    expect(headers.get('portal-login-version')).toBe('2');
    const [, second] = await loginEvents(contact.id, 2);
    expect(second).toMatchObject({ version: 2, changes: ['password'], previous_email: null });
    const again = await gateway.update(contact.id, { password: 'correct horse' });
    expect(again.headers.get('portal-login-version')).toBe('3');
  });

  it('when the email changes / the login moves with a greater position and its credential', async () => {
    const contact = await gateway.createContact({ email: address(), password: 'correct horse' });
    const email = address();
    await gateway.update(contact.id, { email });
    const [created, moved] = await loginEvents(contact.id, 2);
    expect(moved).toMatchObject({
      version: 2,
      changes: ['email'],
      email,
      previous_email: contact.email,
      credential: created.credential,
    });
    expect(moved.position).toBeGreaterThan(created.position);
  });

  it.each([
    {
      change: 'an email change',
      stored: () => ({ email: address(), password: 'battery staple' }),
      patch: (taken: string) => ({ email: taken.toUpperCase() }),
    },
    {
      change: 'a password for the stored email',
      stored: (taken: string) => ({ email: taken }),
      patch: () => ({ password: 'long enough' }),
    },
  ])('when a taken login email comes by $change / answers 422 on email, and changes nothing', async ({ stored, patch }) => {
    const email = address();
    await gateway.createContact({ email, password: 'correct horse' });
    const contact = await gateway.createContact(stored(email));
    const { status, body } = await gateway.update(contact.id, { ...patch(email), first_name: 'Changed' });
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: 'email_taken', errors: { email: [expect.stringMatching(/login/)] } });
    expect(Object.keys(body.errors)).toEqual(['email']);
    expect((await gateway.call('GET', `/contacts/${contact.id}`)).body.data).toEqual(contact);
  });

  it('when a password is given without any email / answers 422 on password', async () => {
    const contact = await gateway.createContact();
    const { status, body } = await gateway.update(contact.id, { password: 'long enough' });
    expect([status, Object.keys(body.errors)]).toEqual([422, ['password']]);
  });

  it('when the email of a login is cleared / answers 422 on email; when there is no login / clears it', async () => {
    const withLogin = await gateway.createContact({ email: address(), password: 'correct horse' });
    expect((await gateway.update(withLogin.id, { email: null })).body.errors).toEqual({ email: [expect.any(String)] });
    const without = await gateway.createContact({ email: address() });
    expect((await gateway.update(without.id, { email: '' })).body.data.email).toBeNull();
  });

  it('when 20 contacts claim one email at once / one gets it, and the others are 422', async () => {
    const email = address();
    const contacts = await Promise.all(
      Array.from({ length: 20 }, () => gateway.createContact({ email: address(), password: 'correct horse' })),
    );
    const answers = await Promise.all(contacts.map(({ id }) => gateway.updateUntilAnswered(id, { email })));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 422)).toHaveLength(19);
  });
});

describe('concurrent updates of a contact', () => {
  it('when they all succeed / each has one version and one event, in order, and none is lost', async () => {
    const contact = await gateway.createContact();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => gateway.updateUntilAnswered(contact.id, { phone_1: `number ${index}` })),
    );
    const versions = answers.map(({ body }) => body.data.version as number).sort((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: 40 }, (_, index) => index + 2));
    const events = await contactEvents(contact.id, 41);
    expect(events.map(({ version }) => version)).toEqual(Array.from({ length: 41 }, (_, index) => index + 1));
    for (const [index, event] of events.entries()) {
      if (index > 0) expect(event.before.phone_1).toBe(events[index - 1].contact.phone_1);
    }
  });
});

describe('an update after the clock has gone back', () => {
  it.each([
    ['together with other writes', { last_name: 'Later' }],
    ['in a transaction of its own', { is_primary: true }],
  ])('when it is done %s / neither updated_at nor the time of its event goes back', async (_, patch) => {
    const { id } = await gateway.createContact();
    const latest = '2999-01-01T00:00:00.000Z';
    await gateway.sql.query('update contact set updated_at = $2 where id = $1', [id, latest]);
    expect((await gateway.update(id, patch)).body.data).toMatchObject({ version: 2, updated_at: latest });
    const [, updated] = await gateway.records('contacts.v1', id, 2);
    expect(updated!.headers['ce_time']).toBe(latest);
  });
});

describe('the events of an update', () => {
  it('when a request makes them / have the request id, the token and the time of the change', async () => {
    const contact = await gateway.createContact();
    const { body } = await gateway.update(
      contact.id,
      { first_name: 'Traced' },
      { 'x-request-id': 'req-abc', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    );
    const [, record] = await gateway.records('contacts.v1', contact.id, 2);
    expect(record!.headers).toMatchObject({
      ce_correlationid: 'req-abc',
      ce_actor: '1',
      ce_time: body.data.updated_at,
      ce_sequence: '00000000000000000002',
      ce_traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
  });

  it('when its traceparent is of a later version / carry its ids in the form of version 00', async () => {
    const contact = await gateway.createContact();
    const ids = '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await gateway.update(contact.id, { first_name: 'Later' }, { traceparent: `cc-${ids}-what-the-future-adds` });
    const [, record] = await gateway.records('contacts.v1', contact.id, 2);
    expect(record!.headers['ce_traceparent']).toBe(`00-${ids}`);
  });

  it.each([
    ['no trace', '00-00000000000000000000000000000000-b7ad6b7169203331-01'],
    ['no span', '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01'],
    ['the version that means nothing', 'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  ])('when its traceparent names %s / have none', async (_, traceparent) => {
    const contact = await gateway.createContact();
    await gateway.update(contact.id, { first_name: 'Untraced' }, { traceparent });
    const [, record] = await gateway.records('contacts.v1', contact.id, 2);
    expect(Object.keys(record!.headers).filter((name) => name.includes('traceparent'))).toEqual([]);
  });
});
