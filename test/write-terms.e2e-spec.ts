import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONTACT_FIELDS } from '#app/contracts';
import { TestGateway, type Answer } from './gateway.harness.js';

let gateway: TestGateway;
let unique = 0;
const address = () => `terms${++unique}@example.com`;

beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway?.stop());

const read = async (id: string) => (await gateway.call('GET', `/contacts/${id}`)).body.data;
const matching = (tags: string) => ({ 'If-Match': tags });

describe('If-Match', () => {
  it.each([
    ['the version', '"1"', 200],
    ['any version', '*', 200],
    ['a list with the version', '"7", "1"', 200],
    ['a list with empty members', ', "1",', 200],
    ['another version', '"2"', 412],
    ['a weak tag of the version', 'W/"1"', 412],
    ['a tag that only looks like the version', '"01"', 412],
    ['a tag with a comma in it', '"1,2"', 412],
    ['no entity tag at all', '1', 400],
    ['half a tag', '"1', 400],
  ])('when it is %s (%s) / answers %i', async (_, tags, status) => {
    const { id } = await gateway.createContact();
    const answer = await gateway.update(id, { last_name: 'New' }, matching(tags));
    expect(answer.status).toBe(status);
    expect((await read(id)).last_name).toBe(status === 200 ? 'New' : null);
  });

  it.each([
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/password'],
    ['DELETE', '/password'],
    ['POST', '/b2b-portal-password'],
    ['DELETE', '/b2b-portal-password'],
  ])('when %s /contacts/{id}%s has it / applies it', async (method, path) => {
    const { id } = await gateway.createContact({ email: address(), password: 'correct horse' });
    const { status, body } = await gateway.call(
      method,
      `/contacts/${id}${path}`,
      { password: 'battery staple' },
      matching('"9"'),
    );
    expect([status, body.code]).toEqual([412, 'version_mismatch']);
    expect(await read(id)).toMatchObject({ version: 1, has_portal_login: true });
  });

  it('when the contact is unknown or fields are wrong / these errors come first', async () => {
    const { id } = await gateway.createContact();
    expect((await gateway.update(id, { email: 'none' }, matching('"9"'))).status).toBe(422);
    expect((await gateway.update(id, { company_id: 999_999 }, matching('"9"'))).status).toBe(422);
    expect((await gateway.update('99999999', { first_name: 'A' }, matching('*'))).status).toBe(404);
  });

  it('when ten requests have the same version / one is done', async () => {
    const { id } = await gateway.createContact();
    const send = (_: unknown, index: number) =>
      gateway.callUntilAnswered('POST', `/contacts/${id}`, { last_name: `Name ${index}` }, matching('"1"'));
    const answers = await Promise.all(Array.from({ length: 10 }, send));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 412)]);
    expect((await read(id)).version).toBe(2);
  });
});

describe('If-None-Match', () => {
  it.each([
    ['"1"', 304],
    ['W/"1"', 304],
    ['*', 304],
    ['"2"', 200],
  ])('when it is %s and the contact is at version 1 / answers %i', async (tag, status) => {
    const { id } = await gateway.createContact();
    const answer = await gateway.call('GET', `/contacts/${id}`, undefined, { 'If-None-Match': tag });
    expect([answer.status, answer.headers.get('etag')]).toEqual([status, '"1"']);
    expect(answer.body === undefined).toBe(status === 304);
  });
});

describe('the preference handling=strict', () => {
  const strict = { Prefer: 'handling=strict' };

  it('when fields are unknown / names each with all other errors, and changes nothing', async () => {
    const { id } = await gateway.createContact();
    const { status, body } = await gateway.update(id, { nick: 'A', email: 'none', first_name: 'B', fax: 1 }, strict);
    expect([status, Object.keys(body.errors).sort()]).toEqual([422, ['email', 'fax', 'nick']]);
    expect((await read(id)).version).toBe(1);
    expect((await gateway.update(id, { nick: 'A' })).status).toBe(200);
  });

  it('when a contact is sent back as it was read / accepts it', async () => {
    const { id } = await gateway.createContact({ email: address(), tags: ['b', 'a'], is_primary: true });
    const whole = await read(id);
    expect(Object.keys(whole)).toEqual(CONTACT_FIELDS);
    const { status, body } = await gateway.update(id, { ...whole, last_name: 'Edited' }, strict);
    expect([status, body.data.version]).toEqual([200, 2]);
    expect((await gateway.update(id, body.data, strict)).body.data).toEqual(body.data);
  });

  it.each(['Handling=Strict', 'respond-async, handling="strict"; a=b', 'dry-run, handling=strict'])(
    'when it is spelled %s / applies it',
    async (Prefer) => {
      const { id } = await gateway.createContact();
      expect((await gateway.update(id, { nick: 'A' }, { Prefer })).status).toBe(422);
    },
  );
});

describe('a dry run', () => {
  const dry = { Prefer: 'dry-run' };
  /** All that a dry run must not change: rows, and the values of sequences. The first use of the test's token comes into the audit at any time. */
  const traces = async () => {
    const tables = ['contact', 'contact_company', 'contact_tag', 'tag', 'portal_login', 'contact_event', 'idempotency_key'];
    const counts = tables.map((table) => `(select count(*) from ${table}) as ${table}`);
    const drawn = `select sequencename, last_value from pg_sequences where sequencename <> 'audit_entry_id_seq'`;
    const sequences = `(select json_agg(s order by s.sequencename) from (${drawn}) s) as sequences`;
    const { rows } = await gateway.sql.query(`select ${[...counts, sequences].join(', ')}`);
    return rows[0];
  };

  it('when it is an update / shows the answer and the events of all contacts that would change, and stores nothing', async () => {
    const company_id = await gateway.createCompany();
    const former = await gateway.createContact({ company_id, is_primary: true });
    const { id } = await gateway.createContact({ company_id, email: address() });
    const before = await traces();
    const patch = { is_primary: true, tags: ['never made'], password: 'correct horse', last_name: 'Dry' };
    const { status, headers, body } = await gateway.update(id, patch, dry);
    expect([status, headers.get('preference-applied'), headers.get('etag'), headers.get('portal-login-version')]).toEqual([
      200,
      'dry-run',
      '"2"',
      '1',
    ]);
    expect(body.data).toMatchObject({
      id,
      version: 2,
      is_primary: true,
      has_portal_login: true,
      tags: [{ id: null, name: 'never made' }],
    });
    expect(body.events.map(({ type, subject, version }: any) => [type, subject, version])).toEqual([
      ['ContactUpdated', `contacts/${former.id}`, 2],
      ['ContactUpdated', `contacts/${id}`, 2],
      ['PortalLoginChanged', `contacts/${id}`, 1],
    ]);
    expect(Object.keys(body.events[2].data)).toEqual(['contact_id', 'version', 'changes', 'email', 'previous_email']);
    expect(await traces()).toEqual(before);
    expect([await read(id), await read(former.id)].map(({ version }) => version)).toEqual([1, 1]);
  });

  it('when its name is within the quoted text of another preference / the write is done', async () => {
    const { id } = await gateway.createContact();
    const Prefer = 'reason="x, dry-run, y"';
    const { status, headers, body } = await gateway.update(id, { last_name: 'Written' }, { Prefer });
    expect([status, headers.get('preference-applied'), body.events]).toEqual([200, null, undefined]);
    expect(await read(id)).toMatchObject({ version: 2, last_name: 'Written' });
  });

  it('when the write follows / the write gives the same answer', async () => {
    const { id } = await gateway.createContact({ email: address() });
    const other = await gateway.createCompany('Other');
    const patch = { company_ids: [other], email: address(), receive_quotation_pdf: true };
    const preview = (await gateway.update(`${id}?dry_run=1`, patch)).body;
    const { data } = (await gateway.update(id, patch)).body;
    const { updated_at: _, ...same } = preview.data;
    expect(data).toMatchObject(same);
    const [, record] = await gateway.records('contacts.v1', id, 2);
    const {
      contact: { updated_at: __, ...contact },
      ...event
    } = preview.events[0].data;
    expect(JSON.parse(record!.value!)).toMatchObject({ ...event, contact });
  });

  it('when it is a creation / answers 201 with null for ids that do not exist yet, and no Location', async () => {
    const company_id = await gateway.createCompany();
    const before = await traces();
    const body = { first_name: 'New', company_id, email: address(), password: 'correct horse', tags: ['x', 'y'] };
    const answer = await gateway.call('POST', '/contacts', body, dry);
    expect([answer.status, answer.headers.get('location')]).toEqual([201, null]);
    expect(answer.body.data).toMatchObject({
      id: null,
      version: 1,
      company_id: String(company_id),
      tags: [{ id: null }, { id: null }],
    });
    expect(answer.body.events).toMatchObject([
      { type: 'ContactCreated', subject: null, version: 1, data: { contact_id: null, contact: { id: null } } },
      { type: 'PortalLoginChanged', subject: null, version: 1, data: { contact_id: null, changes: ['created'] } },
    ]);
    expect(JSON.stringify(answer.body)).not.toMatch(/credential|position/);
    expect(await traces()).toEqual(before);
  });

  it('when it is a deletion, a removed login, an upsert or a batch / shows the answer and the events, and stores nothing', async () => {
    const { id, email } = await gateway.createContact({ email: address(), password: 'correct horse' });
    const before = await traces();
    const removal = await gateway.call('DELETE', `/contacts/${id}/password`, undefined, dry);
    expect(removal.body).toMatchObject({
      data: { has_portal_login: false, version: 2 },
      events: [
        { type: 'ContactUpdated' },
        { type: 'PortalLoginChanged', version: 2, data: { changes: ['removed'], email: null } },
      ],
    });
    const deletion = await gateway.call('DELETE', `/contacts/${id}`, undefined, dry);
    expect([deletion.headers.get('portal-login-version'), deletion.body]).toMatchObject([
      '2',
      { message: 'Contact deleted.', events: [{ type: 'PortalLoginChanged' }, { type: 'ContactDeleted', version: 2 }] },
    ]);
    const upsert = await gateway.call('PATCH', '/contacts', { email, last_name: 'Dry' }, dry);
    expect([upsert.status, upsert.body.events.length]).toEqual([200, 1]);
    const batch = await gateway.call('POST', '/contacts/batch?dry_run=true', { items: [{ id, last_name: 'Dry' }] });
    expect([batch.status, batch.headers.get('preference-applied'), batch.body.data[0].events.length]).toEqual([
      207,
      'dry-run',
      1,
    ]);
    expect(await traces()).toEqual(before);
  });

  it('when the token has no contacts:read / events of other contacts have no data, and those of the written one do', async () => {
    const company_id = await gateway.createCompany();
    const company_ids = [company_id, await gateway.createCompany()];
    const former = await gateway.createContact({ company_ids, is_primary: true, last_name: 'Secret' });
    const { id } = await gateway.createContact({ company_ids });
    const token = await gateway.insertToken(['contacts:write', 'companies:write']);
    const writer = { ...dry, authorization: `Bearer ${token}` };
    const seen = ({ body }: Answer) => body.events.map(({ subject, data }: any) => [subject, data !== undefined]);
    expect(seen(await gateway.update(id, { is_primary: true }, writer))).toEqual([
      [`contacts/${former.id}`, false],
      [`contacts/${id}`, true],
    ]);
    const batch = await gateway.call('POST', '/contacts/batch', { items: [{ id, is_primary: true }] }, writer);
    expect(seen({ ...batch, body: batch.body.data[0] }).map(([, data]: unknown[]) => data)).toEqual([false, true]);
    expect(seen(await gateway.call('DELETE', `/contacts/${id}`, undefined, writer))).toEqual([[`contacts/${id}`, true]]);
    const created = await gateway.call('POST', '/contacts', { first_name: 'New', company_id, is_primary: true }, writer);
    expect(seen(created)).toEqual([
      [`contacts/${former.id}`, false],
      [null, true],
    ]);
    const deletion = await gateway.call('DELETE', `/companies/${company_id}`, undefined, writer);
    expect(seen(deletion)).toEqual([
      [`contacts/${former.id}`, false],
      [`contacts/${id}`, false],
      [`companies/${company_id}`, true],
    ]);
    expect(JSON.stringify([batch.body, created.body, deletion.body])).not.toContain('Secret');
  });

  it('when the write would be refused / answers the same error', async () => {
    const taken = address();
    await gateway.createContact({ email: taken, password: 'correct horse' });
    const { id } = await gateway.createContact();
    expect((await gateway.update(id, { email: taken, password: 'correct horse' }, dry)).body.code).toBe('email_taken');
    expect((await gateway.update(id, { last_name: 'A' }, { ...dry, ...matching('"9"') })).status).toBe(412);
    expect((await gateway.update('99999999', {}, dry)).status).toBe(404);
  });

  it('when dry_run is unreadable or not supported / answers 422 on dry_run', async () => {
    const { id } = await gateway.createContact();
    const answers = [
      await gateway.update(`${id}?dry_run=maybe`, { first_name: 'A' }),
      await gateway.call('DELETE', `/contacts/${id}?dry_run=maybe`),
      await gateway.call('POST', '/contacts/batch?dry_run=maybe', { items: [{ id }] }),
      await gateway.call('POST', '/companies?dry_run=maybe', { name: 'A' }),
      await gateway.call('POST', '/tokens', { name: 'A', scopes: ['contacts:read'] }, dry),
    ];
    for (const { status, body } of answers) expect([status, Object.keys(body.errors)]).toEqual([422, ['dry_run']]);
  });
});
