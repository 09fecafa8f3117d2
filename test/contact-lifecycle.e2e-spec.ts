import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestGateway } from './gateway.harness.js';

let gateway: TestGateway;
let unique = 0;
const address = () => `life${++unique}@example.com`;
const PASSWORD = 'correct horse';

beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway?.stop());

const read = (id: string) => gateway.call('GET', `/contacts/${id}`);
const history = async (id: string) => {
  const text = `select type, version::int, request_id, token_id::int, changes from contact_event where contact_id = $1 order by seq`;
  return (await gateway.sql.query(text, [id])).rows;
};

describe('the deletion of a contact', () => {
  it('when it has a login and a history / removes both and writes events to both topics, without personal data on contacts', async () => {
    const { id, company_id, email } = await gateway.createContact({ email: address(), password: PASSWORD, tags: ['x'] });
    const { status, headers, body } = await gateway.call('DELETE', `/contacts/${id}`);
    expect([status, body, headers.get('portal-login-version')]).toEqual([200, { message: 'Contact deleted.' }, '2']);
    expect((await read(id)).status).toBe(404);
    expect((await gateway.call('DELETE', `/contacts/${id}`)).status).toBe(404);
    expect(await history(id)).toEqual([]);

    const [, deleted] = await gateway.records('contacts.v1', id, 2);
    expect(deleted!.headers['ce_type']).toBe('contact-sync.ContactDeleted.v1');
    expect(JSON.parse(deleted!.value!)).toEqual({ contact_id: Number(id), version: 2, company_ids: [Number(company_id)] });
    const [, removed, tombstone] = await gateway.records('portal-logins.v1', id, 3);
    expect(JSON.parse(removed!.value!)).toMatchObject({ version: 2, changes: ['removed'], email: null, credential: null });
    expect(tombstone).toMatchObject({ value: null, headers: { ce_sequence: removed!.headers['ce_sequence'] } });
    expect(tombstone!.headers['ce_id']).not.toBe(removed!.headers['ce_id']);
    expect(tombstone!.headers['content-type']).toBeUndefined();
    // The email is free again.
    await gateway.createContact({ email, password: PASSWORD });
  });

  it('when it is a primary contact / its company has no primary contact', async () => {
    const company_id = await gateway.createCompany();
    const { id } = await gateway.createContact({ company_id, is_primary: true });
    await gateway.call('DELETE', `/contacts/${id}`);
    expect((await gateway.createContact({ company_id, is_primary: true })).is_primary).toBe(true);
  });
});

describe('the password routes', () => {
  it.each(['password', 'b2b-portal-password'])(
    'when the route is %s / creates, replaces and removes the login',
    async (route) => {
      const { id } = await gateway.createContact({ email: address() });
      const set = (password: unknown) => gateway.call('POST', `/contacts/${id}/${route}`, { password });
      const made = await set(PASSWORD);
      expect([made.status, made.body.data.has_portal_login, made.headers.get('portal-login-version')]).toEqual([200, true, '1']);
      const replaced = await set(PASSWORD);
      expect([replaced.body.data.version, replaced.headers.get('portal-login-version')]).toEqual([2, '2']);
      const removed = await gateway.call('DELETE', `/contacts/${id}/${route}`);
      expect([removed.status, removed.body.data.has_portal_login, removed.headers.get('portal-login-version')]).toEqual([
        200,
        false,
        '3',
      ]);
      const again = await gateway.call('DELETE', `/contacts/${id}/${route}`);
      expect([again.status, again.body, again.headers.get('portal-login-version')]).toEqual([200, removed.body, '3']);
      expect((await set('battery staple')).headers.get('portal-login-version')).toBe('4');
      const logins = await gateway.records('portal-logins.v1', id, 5);
      expect(logins.map(({ value }) => value && JSON.parse(value).changes)).toEqual([
        ['created'],
        ['password'],
        ['removed'],
        null,
        ['created'],
      ]);
    },
  );

  it.each([
    [{}, 'password'],
    [{ password: null }, 'password'],
    [{ password: 'short' }, 'password'],
  ])('when the body is %j / answer 422', async (body, field) => {
    const { id } = await gateway.createContact({ email: address() });
    const answer = await gateway.call('POST', `/contacts/${id}/password`, body);
    expect([answer.status, Object.keys(answer.body.errors)]).toEqual([422, [field]]);
  });

  it('when the contact is unknown / answer 404; when it has no email / answer 422', async () => {
    const { id } = await gateway.createContact();
    expect((await gateway.call('POST', `/contacts/${id}/password`, { password: PASSWORD })).body.errors).toHaveProperty(
      'password',
    );
    expect((await gateway.call('DELETE', '/contacts/99999999/password')).status).toBe(404);
  });
});

describe('the upsert by email', () => {
  const upsert = (body: object, headers?: Record<string, string>) => gateway.call('PATCH', '/contacts', body, headers);

  it('when no contact has the email / creates one; when one has it as login emails match / updates it', async () => {
    const email = address();
    const company_id = await gateway.createCompany();
    const created = await upsert({ email, first_name: 'New', company_id });
    expect([created.status, created.headers.get('location')]).toEqual([201, expect.stringContaining(created.body.data.id)]);
    const updated = await upsert({ email: email.toUpperCase(), last_name: 'Known' });
    expect([updated.status, updated.body.data.id]).toEqual([200, created.body.data.id]);
    expect(updated.body.data).toMatchObject({ version: 2, email: email.toUpperCase(), last_name: 'Known' });
  });

  it.each([['cleared'], ['replaced']])(
    'when the email of the only contact that had it was %s / creates another contact',
    async (change) => {
      const [email, company_id] = [address(), await gateway.createCompany()];
      const { id } = await gateway.createContact({ email, company_id });
      expect((await gateway.update(id, { email: change === 'cleared' ? null : address() })).status).toBe(200);
      const { status, body } = await upsert({ email, first_name: 'New', company_id });
      expect([status, body.data.id === id]).toEqual([201, false]);
    },
  );

  it('when company and password are given / moves the contact and sets its password like an update', async () => {
    const email = address();
    const { id } = await gateway.createContact({ email });
    const company_id = await gateway.createCompany('Next');
    const { body } = await upsert({ email, company_id, password: PASSWORD });
    expect(body.data).toMatchObject({ id, company_id: String(company_id), has_portal_login: true });
  });

  it.each([[{}], [{ email: null }], [{ email: '' }], [{ email: 'none' }]])(
    'when the body is %j / answers 422 on email',
    async (body) => {
      const answer = await upsert(body);
      expect([answer.status, Object.keys(answer.body.errors)]).toEqual([422, ['email']]);
    },
  );

  it.each([[{}], [{ email: 'none' }]])('when the body has %j and an unknown company / names both', async (body) => {
    const answer = await upsert({ ...body, company_id: 4_000_000 });
    expect([answer.status, Object.keys(answer.body.errors).sort()]).toEqual([422, ['company_id', 'email']]);
  });

  it('when a creation lacks required fields / names them', async () => {
    expect(Object.keys((await upsert({ email: address() })).body.errors).sort()).toEqual(['company_id', 'first_name']);
  });

  it('when several contacts have the email / answers 409 with their ids', async () => {
    const email = address();
    const ids = [(await gateway.createContact({ email })).id, (await gateway.createContact({ email })).id].map(Number);
    const { status, body } = await upsert({ email, last_name: 'A' });
    expect([status, body.code, body.contact_ids]).toEqual([409, 'email_ambiguous', ids]);
    expect((await upsert({ email, company_id: 'x' })).status).toBe(422);
    expect(Object.keys((await upsert({ email, company_ids: [4_000_000] })).body.errors)).toEqual(['company_ids.0']);
  });

  it('when If-Match is given / applies it, also where no contact has the email, and names wrong fields first', async () => {
    const email = address();
    const company_id = await gateway.createCompany();
    const body = { email, first_name: 'A', company_id };
    const unknown = { ...body, company_id: 4_000_000 };
    expect((await upsert(body, { 'If-Match': '*' })).status).toBe(412);
    expect((await upsert(unknown, { 'If-Match': '*' })).status).toBe(422);
    await upsert(body);
    expect((await upsert(unknown, { 'If-Match': '"2"' })).status).toBe(422);
    expect((await upsert({ email, last_name: 'B' }, { 'If-Match': '"2"' })).status).toBe(412);
    expect((await upsert({ email, last_name: 'B' }, { 'If-Match': '"1"' })).status).toBe(200);
  });

  it('when many requests upsert one new email at once / creates one contact', async () => {
    const company_id = await gateway.createCompany();
    for (let round = 0; round < 5; round++) {
      const email = address();
      const send = (_: unknown, index: number) => {
        const body = { email, first_name: `N${index}`, company_id, ...(index % 2 ? { password: PASSWORD } : {}) };
        return gateway.callUntilAnswered('PATCH', '/contacts', body);
      };
      const answers = await Promise.all(Array.from({ length: 6 }, send));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
      expect(new Set(answers.map(({ body }) => body.data.id)).size).toBe(1);
    }
  });
});

describe('a batch of updates', () => {
  const batch = (items: unknown, headers?: Record<string, string>) => gateway.call('POST', '/contacts/batch', { items }, headers);

  it('when items succeed and fail / answers each item on its own, in order', async () => {
    const email = address();
    const [a, b] = [await gateway.createContact({ email, password: PASSWORD }), await gateway.createContact()];
    const { status, body } = await batch([
      { id: Number(a.id), last_name: 'A', email: address() },
      { id: b.id, email: 'none', fax: 1 },
      { id: b.id, email, password: PASSWORD },
      { last_name: 'nobody' },
      { id: 99_999_999 },
      { id: 'x' },
      { id: b.id, if_match: '"1"', last_name: 'late' },
      { id: b.id, if_match: '"2"', last_name: 'in time' },
      { id: b.id, if_match: 2 },
    ]);
    expect(status).toBe(207);
    expect(body.data.map(({ status }: any) => status)).toEqual([200, 422, 200, 422, 404, 404, 412, 200, 422]);
    expect(body.data[0]).toMatchObject({ data: { id: a.id, last_name: 'A' }, portal_login_version: 2 });
    expect(body.data[1]).toEqual({
      status: 422,
      message: expect.any(String),
      code: 'validation_failed',
      errors: { email: [expect.any(String)] },
    });
    expect(Object.keys(body.data[3].errors)).toEqual(['id']);
    expect(Object.keys(body.data[8].errors)).toEqual(['if_match']);
    expect(body.data[7].data).toMatchObject({ version: 3, last_name: 'in time' });
  });

  it.each([[undefined], [[]], [{}], ['x'], [Array.from({ length: 101 }, () => ({ id: 1 }))]])(
    'when it has not 1 to 100 items / answers 422',
    async (items) => {
      const { status, body } = await batch(items);
      expect([status, Object.keys(body.errors)]).toEqual([422, ['items']]);
    },
  );

  it('when it has 100 items / answers each', async () => {
    const { status, body } = await batch(Array.from({ length: 100 }, () => ({ id: 0 })));
    expect([status, body.data.length]).toEqual([207, 100]);
  });

  it('when an item has no id / names that, and what is wrong with it for every contact', async () => {
    const { body } = await batch([
      { company_id: 4_000_000, tags: ['sa\u200bles'], first_name: 5 },
      { company_ids: ['x', 4_000_000], password: 'short' },
    ]);
    expect(body.data.map(({ status }: any) => status)).toEqual([422, 422]);
    expect(body.data.map(({ errors }: any) => Object.keys(errors).sort())).toEqual([
      ['company_id', 'first_name', 'id', 'tags.0'],
      ['company_ids.0', 'company_ids.1', 'id', 'password'],
    ]);
  });

  it('when the id of an item is no positive integer, or too large / that item is 404, and the others are served', async () => {
    const { id } = await gateway.createContact();
    const unknown: unknown[] = [
      { toString: 1 },
      [{ toString: 1 }],
      { valueOf: {}, toJSON: 1 },
      true,
      0,
      -1,
      1.5,
      2 ** 53,
      1e300,
      '9'.repeat(20),
    ];
    const { status, body } = await batch([Number(id), ...unknown, `0${id}`].map((each) => ({ id: each, phone_1: '1' })));
    expect(status).toBe(207);
    expect(body.data.map(({ status }: any) => status)).toEqual([200, ...unknown.map(() => 404), 200]);
  });

  it('when an item is no object / names it', async () => {
    expect(Object.keys((await batch([{ id: 1 }, 5])).body.errors)).toEqual(['items.1']);
  });

  it('when handling is strict / refuses unknown fields of the batch, and of an item in its result', async () => {
    const strict = { Prefer: 'handling=strict' };
    const { id } = await gateway.createContact();
    const refused = await gateway.call('POST', '/contacts/batch', { items: [{ id }], atomic: true }, strict);
    expect([refused.status, Object.keys(refused.body.errors)]).toEqual([422, ['atomic']]);
    const { body } = await batch(
      [
        { id, fax: 1 },
        { id, if_match: '*', if_none_match: null },
      ],
      strict,
    );
    expect(body.data.map(({ status }: any) => status)).toEqual([422, 200]);
    expect(Object.keys(body.data[0].errors)).toEqual(['fax']);
  });

  it('when it is repeated under its key / gives stored answers for items that were 200, and decides the others again', async () => {
    const email = address();
    const holder = await gateway.createContact({ email, password: PASSWORD });
    const [a, b] = [await gateway.createContact(), await gateway.createContact({ email: address(), password: PASSWORD })];
    const items = [
      { id: a.id, last_name: 'Once' },
      { id: b.id, email },
    ];
    const first = await batch(items, { 'Idempotency-Key': 'batch-1' });
    expect(first.body.data.map(({ status }: any) => status)).toEqual([200, 422]);
    await gateway.update(a.id, { last_name: 'Later' });
    await gateway.update(holder.id, { email: address() });
    const second = await batch(items, { 'Idempotency-Key': 'batch-1' });
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(second.body.data[0]).toEqual(first.body.data[0]);
    expect(second.body.data[1].status).toBe(200);
    expect((await read(a.id)).body.data.last_name).toBe('Later');
    expect((await batch([items[0]], { 'Idempotency-Key': 'batch-1' })).status).toBe(422);
  });
});

describe('the stored history of a contact', () => {
  it('when updates are made / has a row for each event with its token and changes, and no secret', async () => {
    const { id, email } = await gateway.createContact({ email: address() });
    const next = address();
    await gateway.update(id, { email: next, password: PASSWORD }, { 'X-Request-Id': 'history-1' });
    await gateway.update(id, { password: 'battery staple' });
    const rows = await history(id);
    expect(rows.map(({ type, version }) => [type, version])).toEqual([
      ['ContactCreated', 1],
      ['ContactUpdated', 2],
      ['PortalLoginChanged', 1],
      ['PortalLoginChanged', 2],
    ]);
    expect(rows[1]).toMatchObject({
      request_id: 'history-1',
      token_id: 1,
      changes: { email: { old: email, new: next }, has_portal_login: { old: false, new: true } },
    });
    expect(rows[3].changes).toEqual(['password']);
    expect(JSON.stringify(rows)).not.toMatch(/eyJ|\$argon2|battery|correct/);
  });
});
