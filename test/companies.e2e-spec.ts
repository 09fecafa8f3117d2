import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#app/system/testing';
import { WriteUnit } from '../apps/gateway/src/writes/write-unit.js';
import { around } from './faults/seams/around.js';
import { gate } from './gate.js';
import { TestGateway } from './gateway.harness.js';

let gateway: TestGateway;
let unique = 0;
const word = (prefix: string) => `${prefix} ${++unique}`;

beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway?.stop());

const company = async (fields: Record<string, unknown> = {}) =>
  (await gateway.callUntilAnswered('POST', '/companies', { name: 'Acme Corp', ...fields })).body.data;
const read = async (id: number) => (await gateway.call('GET', `/companies/${id}`)).body.data;
const edit = (id: number, patch: unknown, headers?: Record<string, string>) =>
  gateway.call('POST', `/companies/${id}`, patch, headers);
const names = (tags: { name: string }[]) => tags.map(({ name }) => name);

describe('a company', () => {
  it('when it is created / the answer is the whole company with a Location', async () => {
    const { status, headers, body } = await gateway.call('POST', '/companies', {
      name: ' Acme Corp ',
      address: '1 Road',
      city: 'Springfield',
      postal_code: '12345',
      country: '',
      notes: 'one\r\ntwo',
      tags: ['Zeta', 'alpha'],
    });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/external/api/v1/companies/${body.data.id}`);
    expect(headers.get('etag')).toBe('"1"');
    expect(body.data).toEqual({
      id: expect.any(Number),
      version: 1,
      name: 'Acme Corp',
      status: 'active',
      phone: null,
      address: '1 Road',
      address_line_2: null,
      city: 'Springfield',
      state: null,
      postal_code: '12345',
      country: null,
      full_address: '1 Road, Springfield, 12345',
      notes: 'one\ntwo',
      tags: [
        { id: expect.any(Number), name: 'alpha', description: null, icon: null, color: null },
        { id: expect.any(Number), name: 'Zeta', description: null, icon: null, color: null },
      ],
      created_at: body.data.updated_at,
      updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    // As text: a new tag has its names in the order of a stored one.
    expect(JSON.stringify(await read(body.data.id))).toBe(JSON.stringify(body.data));
    const listed = await gateway.call('GET', `/companies?id=${body.data.id}`);
    expect(JSON.stringify(listed.body.data)).toBe(JSON.stringify([body.data]));
  });

  it.each(['0', '-1', 'abc', '1e3', '9007199254740993', '9'.repeat(300), '4000000'])(
    'when its id is %s / answers 404',
    async (id) => {
      for (const [method, path] of [
        ['GET', ''],
        ['POST', ''],
        ['DELETE', ''],
        ['GET', '/tags'],
        ['POST', '/tags'],
        ['PUT', '/tags'],
        ['DELETE', '/tags/x'],
      ] as const) {
        const { status, body } = await gateway.call(method, `/companies/${id}${path}`);
        expect([status, body.message]).toEqual([404, 'Company not found.']);
      }
    },
  );

  it('when a token has only companies:read or companies:write / it can only read, or only change', async () => {
    const { id } = await company();
    const tokens = { read: await gateway.insertToken(['companies:read']), write: await gateway.insertToken(['companies:write']) };
    const ask = async (scope: 'read' | 'write', method: string, path: string) =>
      (await gateway.call(method, `/companies/${id}${path}`, undefined, { authorization: `Bearer ${tokens[scope]}` })).status;
    for (const path of ['', '/tags'])
      expect([await ask('read', 'GET', path), await ask('write', 'GET', path)]).toEqual([200, 403]);
    for (const [method, path] of [
      ['POST', ''],
      ['POST', '/tags'],
      ['PUT', '/tags'],
      ['DELETE', '/tags/x'],
      ['DELETE', ''],
    ] as const) {
      expect(await ask('read', method, path)).toBe(403);
      expect(await ask('write', method, path)).not.toBe(403);
    }
  });
});

describe('an update of a company', () => {
  it('when a field is absent / keeps it; when it is null / clears it; raises the time', async () => {
    const before = await company({ phone: '555', city: 'Springfield', notes: 'x' });
    const { status, body } = await edit(before.id, { name: 'Other', phone: null, state: 'NY' });
    expect(status).toBe(200);
    expect(body.data).toEqual({
      ...before,
      version: 2,
      name: 'Other',
      phone: null,
      state: 'NY',
      full_address: 'Springfield, NY',
      updated_at: expect.any(String),
    });
    expect(body.data.updated_at > before.updated_at).toBe(true);
    expect(await read(before.id)).toEqual(body.data);
  });

  it.each([
    ['an empty body', () => ({})],
    ['the whole object sent back', (whole: any) => whole],
    ['its tags in another order and case, twice', () => ({ tags: ['B', 'a', { name: 'b' }] })],
    ['unknown fields', () => ({ nonsense: 1 })],
  ])('when it is %s / changes nothing and keeps the time', async (_, patch) => {
    const before = await company({ name: 'Same', phone: '555', tags: ['a', 'b'] });
    const { status, body } = await edit(before.id, patch(before));
    expect([status, body.data]).toEqual([200, before]);
  });

  it('when the clock goes back / updated_at does not', async () => {
    const { id } = await company();
    await gateway.sql.query(`update company set updated_at = '2999-01-01T00:00:00Z' where id = $1`, [id]);
    expect((await edit(id, { name: 'Later' })).body.data.updated_at).toBe('2999-01-01T00:00:00.000Z');
  });

  it.each([
    ['no name', { name: null }, ['name']],
    ['an empty name', { name: ' ' }, ['name']],
    ['a name that is too long', { name: 'n'.repeat(256) }, ['name']],
    ['notes that are too long', { notes: 'n'.repeat(5_001) }, ['notes']],
    ['every field that fails', { phone: 5, city: 'a\u0000', tags: ['ok', ''] }, ['city', 'phone', 'tags.1']],
    ['tags that are no list', { tags: null }, ['tags']],
    ['too many tags', { tags: Array.from({ length: 101 }, (_, index) => `t${index}`) }, ['tags']],
  ])('when it has %s / answers 422, in a creation too', async (_, patch, fields) => {
    const before = await company();
    const { status, body } = await edit(before.id, patch);
    expect([status, Object.keys(body.errors).sort()]).toEqual([422, fields]);
    expect((await gateway.call('POST', '/companies', { name: 'x', ...patch })).status).toBe(422);
    expect(await read(before.id)).toEqual(before);
  });

  it('when texts have exactly the greatest length in code points / accepts them', async () => {
    const { id } = await company();
    expect((await edit(id, { name: '😀'.repeat(255), notes: 'n'.repeat(5_000), tags: ['😀'.repeat(255)] })).status).toBe(200);
  });

  it('when handling is strict / refuses unknown fields, and accepts read-only fields', async () => {
    const whole = await company();
    const strict = { prefer: 'handling=strict' };
    expect((await edit(whole.id, whole, strict)).status).toBe(200);
    const { status, body } = await edit(whole.id, { vat_id: 1 }, strict);
    expect([status, body.errors]).toEqual([422, { vat_id: ['is not a known field'] }]);
  });

  it('when the name changes / writes no contact event, and the next contact event has the new name', async () => {
    const { id } = await company({ name: 'Old' });
    const contact = await gateway.createContact({ company_id: id });
    await edit(id, { name: 'New' });
    const { body } = await gateway.update(contact.id, { phone_1: '555' });
    const [, updated] = await gateway.records('contacts.v1', contact.id, 2);
    expect(JSON.parse(updated!.value!)).toMatchObject({ version: 2, changed: ['phone', 'phone_1'], contact: body.data });
    expect(body.data.company.name).toBe('New');
  });

  it('when it has read the company, and another transaction changes that / that one waits, and neither change is lost', async () => {
    const { id } = await company();
    const { reached, open, pass } = gate();
    const undo = around(WriteUnit.prototype, 'record', (record) => pass().then(() => record()));
    const edited = edit(id, { city: 'Springfield' });
    await reached;
    const other = gateway.sql.query(`update company set phone = '9', version = version + 1 where id = $1`, [id]);
    const waits = eventually(async () => {
      const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      expect((await gateway.sql.query(waiting)).rowCount).toBe(1);
    });
    expect(await Promise.race([other.then(() => 'done'), waits.then(() => 'waits')])).toBe('waits');
    open();
    undo();
    expect((await edited).status).toBe(200);
    await other;
    expect(await read(id)).toMatchObject({ version: 3, phone: '9', city: 'Springfield' });
  });

  it('when two come at once / both take effect', async () => {
    const { id } = await company();
    const patches = [{ phone: '1' }, { city: 'C' }, { notes: 'N' }];
    await Promise.all(patches.map((patch) => gateway.callUntilAnswered('POST', `/companies/${id}`, patch)));
    expect(await read(id)).toMatchObject({ phone: '1', city: 'C', notes: 'N' });
  });
});

describe('an Idempotency-Key on writes of companies', () => {
  it('when a write is repeated under it / gives the first answer again, and changes nothing', async () => {
    const key = () => ({ 'idempotency-key': word('key') });
    const { id } = await company({ tags: ['first'] });
    const writes = [
      ['POST', '/companies', { name: 'Once' }],
      ['POST', `/companies/${id}`, { name: 'Renamed' }],
      ['POST', `/companies/${id}/tags`, { tags: ['second'] }],
      ['DELETE', `/companies/${id}/tags/second`, undefined],
      ['PUT', `/companies/${id}/tags`, { tags: ['third'] }],
      ['DELETE', `/companies/${id}`, undefined],
    ] as const;
    for (const [method, path, body] of writes) {
      const headers = key();
      const first = await gateway.call(method, path, body, headers);
      const again = await gateway.call(method, path, body, headers);
      expect([again.status, again.body]).toEqual([first.status, first.body]);
      expect([first.status < 300, again.headers.get('idempotency-replayed')]).toEqual([true, 'true']);
      expect(again.headers.get('location')).toBe(first.headers.get('location'));
      expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
    }
  });

  it('when the body is another / answers 422', async () => {
    const headers = { 'idempotency-key': word('key') };
    const { id } = await company();
    await edit(id, { name: 'One' }, headers);
    expect((await edit(id, { name: 'Two' }, headers)).body.code).toBe('idempotency_key_reused');
    expect((await read(id)).name).toBe('One');
  });
});

describe('the tags of a company', () => {
  const tags = (method: string, id: number, body?: unknown) => gateway.call(method, `/companies/${id}/tags`, body);

  it('when they are added or replaced twice / the answer is the same, and reads show them', async () => {
    const { id, updated_at } = await company();
    const [one, two, three] = [word('B'), word('a'), word('C')];
    const added = await tags('POST', id, { tags: [one, { name: two }, one.toLowerCase()] });
    expect([added.status, names(added.body.tags)]).toEqual([200, [two, one]]);
    expect(added.body).toEqual({ message: 'Tags added.', tags: added.body.data, data: added.body.tags });
    expect(added.body.tags[0]).toEqual({ id: expect.any(Number), name: two, description: null, icon: null, color: null });
    expect(names((await tags('POST', id, { tags: [three] })).body.data)).toEqual([two, one, three]);
    expect((await tags('GET', id)).body).toMatchObject({ message: 'Tags found.', data: (await read(id)).tags });
    const replaced = await tags('PUT', id, { tags: [three.toUpperCase()] });
    expect(replaced.body).toEqual({ message: 'Tags replaced.', tags: replaced.body.data, data: (await read(id)).tags });
    expect(names(replaced.body.tags)).toEqual([three]);
    expect((await read(id)).updated_at > updated_at).toBe(true);
    expect((await tags('PUT', id, { tags: [] })).body.tags).toEqual([]);
  });

  it('when one is removed or replaced / other companies keep theirs', async () => {
    const [one, other] = [await company({ tags: ['shared', 'both'] }), await company({ tags: ['shared', 'both'] })];
    await gateway.call('DELETE', `/companies/${one.id}/tags/shared`);
    expect(names((await tags('PUT', one.id, { tags: ['own'] })).body.tags)).toEqual(['own']);
    expect(await read(other.id)).toEqual(other);
  });

  it('when they exist already / nothing changes, not even the time', async () => {
    const before = await company({ tags: ['Café', 'x'] });
    const answers = [
      await tags('POST', before.id, { tags: ['CAFE\u0301'] }),
      await tags('POST', before.id, { tags: [] }),
      await tags('PUT', before.id, { tags: ['X', 'cafe\u0301'] }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await read(before.id)).toEqual(before);
  });

  it.each([
    ['no list', {}, ['tags']],
    ['null', { tags: null }, ['tags']],
    ['an item that is no name', { tags: ['a', 5] }, ['tags.1']],
    ['a control character', { tags: ['a\u0000'] }, ['tags.0']],
  ])('when they are given as %s / answers 422', async (_, body, fields) => {
    const { id } = await company();
    for (const method of ['POST', 'PUT']) expect(Object.keys((await tags(method, id, body)).body.errors)).toEqual(fields);
  });

  it('when there are more than 100 in all / answers 422, so that the whole company can be sent back', async () => {
    const { id } = await company({ tags: Array.from({ length: 100 }, (_, index) => `many ${index}`) });
    expect((await tags('POST', id, { tags: ['MANY 5'] })).status).toBe(200);
    const { status, body } = await tags('POST', id, { tags: ['one more'] });
    expect([status, Object.keys(body.errors)]).toEqual([422, ['tags']]);
    expect((await gateway.sql.query(`select 1 from tag where name = 'one more'`)).rowCount).toBe(0);
    const whole = await read(id);
    expect((await edit(id, whole)).body.data).toEqual(whole);
  });

  it.each([
    ['a slash', 'a/b'],
    ['a percent sign', '100%'],
    ['spaces and a plus', 'a + b'],
    ['255 characters outside the first plane', '😀'.repeat(255)],
    ['a decomposed spelling', 'Ere\u0301'],
  ])('when one is removed by a name with %s / it is gone', async (_, name) => {
    const { id } = await company({ tags: [name, 'stays'] });
    const path = `/companies/${id}/tags/${encodeURIComponent(name.normalize('NFC').toUpperCase())}`;
    const { status, body } = await gateway.call('DELETE', path);
    expect([status, body.message, names(body.tags), names(body.data)]).toEqual([200, 'Tag removed.', ['stays'], ['stays']]);
    expect(names((await read(id)).tags)).toEqual(['stays']);
    expect((await gateway.call('DELETE', path)).status).toBe(404);
  });

  it.each([
    ['another company has', 'elsewhere'],
    ['nobody has', 'nowhere'],
    ['is too long', 'n'.repeat(3_000)],
    ['has a NUL', '%00'],
    ['has another control character', '%07'],
  ])('when one is removed by a name that %s / answers 404', async (_, name) => {
    await company({ tags: ['elsewhere'] });
    const before = await company({ tags: ['here'] });
    const { status, body } = await gateway.call('DELETE', `/companies/${before.id}/tags/${name}`);
    expect([status, body.code]).toEqual([404, 'company_tag_not_found']);
    expect(await read(before.id)).toEqual(before);
  });

  it('when one that it does not have is removed, and a parameter is wrong / answers 404 first', async () => {
    const { id } = await company({ tags: ['here'] });
    const remove = (name: string) => gateway.call('DELETE', `/companies/${id}/tags/${name}?dry_run=maybe`);
    expect([(await remove('none')).status, (await remove('here')).status]).toEqual([404, 422]);
    expect(names((await read(id)).tags)).toEqual(['here']);
  });

  it('when there are more than 100 in all, and a parameter is wrong / names both', async () => {
    const { id } = await company({ tags: Array.from({ length: 100 }, (_, index) => `full ${index}`) });
    const { status, body } = await gateway.call('POST', `/companies/${id}/tags?dry_run=maybe`, { tags: ['one more'] });
    expect([status, Object.keys(body.errors).sort()]).toEqual([422, ['dry_run', 'tags']]);
  });

  it('when several requests add some at once / all are there', async () => {
    const { id } = await company();
    const added = Array.from({ length: 10 }, (_, index) => `at once ${index}`);
    const answers = await Promise.all(
      added.map((name) => gateway.callUntilAnswered('POST', `/companies/${id}/tags`, { tags: [name] })),
    );
    expect(answers.map(({ status }) => status)).toEqual(added.map(() => 200));
    expect(names((await read(id)).tags)).toEqual(added);
  });

  it('when companies and contacts create one at once, in any order / it is created once', async () => {
    const [one, two] = [await company(), await company()];
    const contacts = await Promise.all([gateway.createContact(), gateway.createContact()]);
    for (let round = 0; round < 10; round++) {
      const [a, b] = [word('fresh'), word('fresh')];
      const answers = await Promise.all([
        gateway.callUntilAnswered('POST', `/companies/${one.id}/tags`, { tags: [a, b] }),
        gateway.callUntilAnswered('POST', `/companies/${two.id}`, { tags: [b, a] }),
        gateway.updateUntilAnswered(contacts[0].id, { tags: [b, a] }),
        gateway.updateUntilAnswered(contacts[1].id, { tags: [a, b] }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      const { rowCount } = await gateway.sql.query('select 1 from tag where name = any($1)', [[a, b]]);
      expect(rowCount).toBe(2);
    }
  });
});
