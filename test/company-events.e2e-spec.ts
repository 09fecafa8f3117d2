import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { COMPANY_FIELDS, decodeRecord, type CompanySnapshot, type ContactSyncEvent } from '#app/contracts';
import { eventually } from '#app/system/testing';
import { TestGateway } from './gateway.harness.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway?.stop());

const company = async (fields: Record<string, unknown> = {}): Promise<CompanySnapshot> =>
  (await gateway.callUntilAnswered('POST', '/companies', { name: 'Acme', ...fields })).body.data;
const edit = (id: number, patch: unknown, headers?: Record<string, string>) =>
  gateway.call('POST', `/companies/${id}`, patch, headers);
const read = (id: number) => gateway.call('GET', `/companies/${id}`);

async function eventsOf(id: number, count: number): Promise<any[]> {
  const records = await gateway.records('companies.v1', id, count);
  return records.map((record) => (decodeRecord(record) as { event: ContactSyncEvent }).event);
}

describe('when a company is created', () => {
  it('and its event is read / version is 1 and the event has the whole company', async () => {
    const { headers, body } = await gateway.call('POST', '/companies', { name: 'Acme', city: 'Springfield', tags: ['b', 'A'] });
    expect([headers.get('etag'), body.data.version]).toEqual(['"1"', 1]);
    const [created] = await eventsOf(body.data.id, 1);
    expect(created.name).toBe('CompanyCreated');
    expect(created.data).toEqual({
      company_id: body.data.id,
      version: 1,
      changed: COMPANY_FIELDS.filter((name) => !['version', 'updated_at'].includes(name)),
      company: body.data,
    });
  });
});

describe('when a company is changed', () => {
  it('by new values / has the next version and one event with the changed names, also derived ones, and the old values', async () => {
    const before = await company({ address: '1 Road', city: 'Springfield' });
    const { headers, body } = await edit(before.id, { name: 'Acme Corp', city: null, phone: null });
    expect([headers.get('etag'), body.data.version]).toEqual(['"2"', 2]);
    const [, updated] = await eventsOf(before.id, 2);
    expect(updated).toMatchObject({ name: 'CompanyUpdated', time: body.data.updated_at, actor: '1' });
    expect(updated.data).toEqual({
      company_id: before.id,
      version: 2,
      changed: ['name', 'city', 'full_address'],
      before: { name: 'Acme', city: 'Springfield', full_address: '1 Road, Springfield' },
      company: body.data,
    });
  });

  it('by equal values, or by its tags in another order or case / keeps its version and has no event', async () => {
    const whole = await company({ tags: ['a', 'b'] });
    expect((await edit(whole.id, { ...whole, tags: ['B', 'A'] })).body.data).toEqual(whole);
    await edit(whole.id, { name: 'Other' });
    const events = await eventsOf(whole.id, 2);
    expect(events.map(({ data }) => data.version)).toEqual([1, 2]);
  });

  it('by its tag routes / has a version and an event for each change of the set, and none for a repetition', async () => {
    const { id } = await company();
    const tags = (method: string, path: string, body?: object) => gateway.call(method, `/companies/${id}/tags${path}`, body);
    const etags = [];
    for (const [method, path, body] of [
      ['POST', '', { tags: ['x'] }],
      ['POST', '', { tags: ['X'] }],
      ['PUT', '', { tags: ['y', 'x'] }],
      ['DELETE', '/x', undefined],
      ['GET', '', undefined],
    ] as const)
      etags.push((await tags(method, path, body)).headers.get('etag'));
    expect(etags).toEqual(['"2"', '"2"', '"3"', '"4"', '"4"']);
    const events = await eventsOf(id, 4);
    expect(events.map(({ data }) => data.changed?.includes('tags') && data.company.tags.map(({ name }: any) => name))).toEqual([
      [],
      ['x'],
      ['x', 'y'],
      ['y'],
    ]);
    expect(events[2].data.before).toEqual({ tags: [expect.objectContaining({ name: 'x' })] });
  });

  it('by many requests at once / its versions have no hole and are in order on the topic', async () => {
    const { id } = await company();
    const edits = Array.from({ length: 20 }, (_, index) =>
      gateway.callUntilAnswered('POST', `/companies/${id}`, { phone: `${index}` }),
    );
    await Promise.all(edits);
    const events = await eventsOf(id, 21);
    expect(events.map(({ data }) => data.version)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
    for (const [index, { data }] of events.entries())
      if (index > 0) expect(data.before.phone).toBe(events[index - 1].data.company.phone);
    expect((await read(id)).body.data).toEqual(events.at(-1).data.company);
  });

  it('by a new name / writes no event of its contacts', async () => {
    const { id } = await company();
    const contact = await gateway.createContact({ company_id: id });
    await edit(id, { name: 'New' });
    await gateway.update(contact.id, { phone_1: '1' });
    const records = await gateway.records('contacts.v1', contact.id, 2);
    expect(records.map(({ value }) => JSON.parse(value!).changed?.includes('company'))).toEqual([true, false]);
  });
});

describe('when a company is deleted', () => {
  it('and contacts leave it / its event is behind the events of these contacts', async () => {
    const [one, other] = [await company(), await company()];
    const contact = await gateway.createContact({ company_ids: [one.id, other.id] });
    expect((await gateway.call('DELETE', `/companies/${one.id}`)).status).toBe(200);
    const [, deleted] = await eventsOf(one.id, 2);
    expect(deleted).toMatchObject({ name: 'CompanyDeleted', data: { company_id: one.id, version: 2 } });
    const [, left] = await gateway.records('contacts.v1', contact.id, 2);
    expect(JSON.parse(left!.value!).changed).toContain('companies');
  });
});

describe('preconditions on a company', () => {
  it.each([
    ['If-Match', '"1"', 200],
    ['If-Match', '*', 200],
    ['If-Match', '"2"', 412],
    ['If-Match', 'W/"1"', 412],
    ['If-Match', '1', 400],
    ['If-None-Match', '"2"', 200],
    ['If-None-Match', '"1"', 412],
    ['If-None-Match', 'W/"1"', 412],
    ['If-None-Match', '*', 412],
  ])('when %s is %s / every write answers %i', async (header, value, status) => {
    const statuses = [];
    for (const [method, path, body] of [
      ['POST', '', { name: 'Changed' }],
      ['POST', '/tags', { tags: ['b'] }],
      ['PUT', '/tags', { tags: ['c'] }],
      ['DELETE', '/tags/a', undefined],
      ['DELETE', '', undefined],
    ] as const) {
      const { id } = await company({ tags: ['a'] });
      const answer = await gateway.call(method, `/companies/${id}${path}`, body, { [header]: value });
      statuses.push(answer.status);
      if (status !== 200) expect((await read(id)).body.data).toMatchObject({ version: 1, name: 'Acme' });
    }
    expect(statuses).toEqual(Array(5).fill(status));
  });

  it('when a creation has one of them / answers 422', async () => {
    const headers = { 'If-Match': '*', 'If-None-Match': '*' };
    const { status, body } = await gateway.call('POST', '/companies', { name: 'Acme' }, headers);
    expect([status, Object.keys(body.errors)]).toEqual([422, ['If-Match', 'If-None-Match']]);
  });

  it('when the request has another error / unknown company, wrong fields, unknown tag and company in use come first', async () => {
    const { id } = await company();
    await gateway.createContact({ company_id: id });
    const stale = { 'If-Match': '"9"' };
    expect((await edit(99_999_999, { name: 'x' }, stale)).status).toBe(404);
    expect((await edit(id, { name: null }, stale)).status).toBe(422);
    expect((await gateway.call('DELETE', `/companies/${id}/tags/none`, undefined, stale)).status).toBe(404);
    expect((await gateway.call('DELETE', `/companies/${id}`, undefined, stale)).status).toBe(409);
  });

  it('when a reader has the current version / answers 304', async () => {
    const { id } = await company();
    const answer = await gateway.call('GET', `/companies/${id}`, undefined, { 'If-None-Match': '"1"' });
    expect([answer.status, answer.headers.get('etag')]).toEqual([304, '"1"']);
  });
});

describe('a dry run of a company write', () => {
  // The companies that are deleted above are removed, and their events are drawn, a moment after the answers.
  beforeAll(() => eventually(async () => expect((await gateway.sql.query('select from closed_company')).rowCount).toBe(0)));

  const dry = { prefer: 'dry-run' };
  const counts = async () => {
    const { rows } = await gateway.sql.query(`
      select (select count(*) from company)::int as companies, (select count(*) from tag)::int as tags,
        (select last_value from outbox_id_seq)::int as events, (select count(*) from idempotency_key)::int as keys`);
    return rows[0];
  };

  it('when it is a creation / shows the company and its event with null for ids that do not exist yet, and stores nothing', async () => {
    const before = await counts();
    const { status, headers, body } = await gateway.call(
      'POST',
      '/companies',
      { name: 'Acme', tags: ['a new one'] },
      { ...dry, 'idempotency-key': 'dry' },
    );
    expect([status, headers.get('preference-applied'), headers.get('location')]).toEqual([201, 'dry-run', null]);
    expect(body.data).toMatchObject({ id: null, version: 1, tags: [{ id: null, name: 'a new one' }] });
    expect(body.events).toEqual([
      {
        type: 'CompanyCreated',
        subject: null,
        version: 1,
        data: expect.objectContaining({ company_id: null, company: body.data }),
      },
    ]);
    expect(await counts()).toEqual(before);
  });

  it.each([
    ['an update', 'POST', '', { name: 'Other' }, [['CompanyUpdated', 2]]],
    ['an update that changes nothing', 'POST', '', { name: 'Acme' }, []],
    ['an addition of tags', 'POST', '/tags', { tags: ['never made'] }, [['CompanyUpdated', 2]]],
    ['a replacement of tags', 'PUT', '/tags', { tags: [] }, [['CompanyUpdated', 2]]],
    ['a removal of a tag', 'DELETE', '/tags/a', undefined, [['CompanyUpdated', 2]]],
    [
      'a deletion',
      'DELETE',
      '',
      undefined,
      [
        ['ContactUpdated', 2],
        ['CompanyDeleted', 2],
      ],
    ],
  ] as const)(
    'when it is %s / shows the events that would follow, and changes nothing',
    async (_, method, path, patch, events) => {
      const { id } = await company({ tags: ['a'] });
      const { id: other } = await company();
      await gateway.createContact({ company_ids: [id, other] });
      const [before, state] = [await counts(), (await read(id)).body.data];
      const { status, body } = await gateway.call(method, `/companies/${id}${path}`, patch, dry);
      expect(status).toBe(200);
      expect(body.events.map(({ type, version }: any) => [type, version])).toEqual(events);
      expect(await counts()).toEqual(before);
      expect((await read(id)).body.data).toEqual(state);
    },
  );

  it('when it is a deletion beside another one that is not over / it does not wait for that one', async () => {
    const { id } = await company();
    const other = await gateway.sql.connect();
    await other.query('begin');
    await other.query(`select pg_advisory_xact_lock(hashtextextended('close company', 0))`);
    try {
      expect((await gateway.call('DELETE', `/companies/${id}`)).status).toBe(503);
      expect((await gateway.call('DELETE', `/companies/${id}`, undefined, dry)).status).toBe(200);
    } finally {
      await other.query('rollback');
      other.release();
    }
  });
});

describe('when a writer of release 1.0.0, without versions, works beside the gateway', () => {
  it('and changes a company / the version grows, and the next event has its state', async () => {
    const { id } = await company({ city: 'Springfield' });
    await gateway.sql.query(`update company set name = 'By the old one', updated_at = clock_timestamp() where id = $1`, [id]);
    expect((await read(id)).body.data).toMatchObject({ version: 2, name: 'By the old one' });
    await edit(id, { city: null });
    const [, updated] = await eventsOf(id, 2);
    expect(updated.data).toMatchObject({ version: 3, changed: ['city', 'full_address'], company: { name: 'By the old one' } });
  });

  it('and writes equal values / the version stays', async () => {
    const { id } = await company();
    await gateway.sql.query(`update company set name = name where id = $1`, [id]);
    expect((await read(id)).body.data.version).toBe(1);
  });
});
