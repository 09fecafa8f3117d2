import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestGateway } from './gateway.harness.js';

let gateway: TestGateway;
let tokenId: string;

beforeAll(async () => {
  gateway = await TestGateway.start();
  const { rows } = await gateway.sql.query<{ id: string }>(`select id from api_token where name = 'API_TOKEN'`);
  tokenId = rows[0]!.id;
});
afterAll(() => gateway?.stop());

/** A contact without a history. */
async function contactWithout(): Promise<string> {
  const { rows } = await gateway.sql.query<{ id: string }>(
    `insert into contact (version, created_at, updated_at) values (1, now(), now()) returning id`,
  );
  return rows[0]!.id;
}

async function record(contactId: string, fields: Record<string, unknown> = {}): Promise<string> {
  const row = {
    id: randomUUID(),
    type: 'ContactUpdated',
    version: 2,
    created_at: '2026-01-02T03:04:05.678Z',
    request_id: 'request-1',
    token_id: tokenId,
    changes: { email: { old: 'old@x.io', new: 'new@x.io' } },
    ...fields,
  };
  await gateway.sql.query(
    `insert into contact_event (id, contact_id, type, version, created_at, request_id, token_id, changes)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [row.id, contactId, row.type, row.version, row.created_at, row.request_id, row.token_id, JSON.stringify(row.changes)],
  );
  return row.id;
}

const list = (id: string, query = '') => gateway.callUntilAnswered('GET', `/contacts/${id}/events${query}`);

describe('the history of a contact', () => {
  it('when events come while it is read / its total is that of its rows', async () => {
    const id = await contactWithout();
    const pages = Array.from({ length: 400 }, async () => (await list(id, '?per_page=100')).body);
    for (let n = 0; n < 90; n++) await record(id);
    for (const { data, meta } of await Promise.all(pages)) expect(meta.total).toBe(data.length);
    const { body } = await list(id, '?page=1000');
    expect([body.meta.total, body.data]).toEqual([90, []]);
  });

  it('when it is read / shows each event with its changes, request id and token', async () => {
    const id = await contactWithout();
    const eventId = await record(id);
    expect((await list(id)).body.data).toEqual([
      {
        id: eventId,
        type: 'ContactUpdated',
        version: 2,
        created_at: '2026-01-02T03:04:05.678Z',
        request_id: 'request-1',
        token_name: 'API_TOKEN',
        changes: { email: { old: 'old@x.io', new: 'new@x.io' } },
      },
    ]);
  });

  it('when a login changed / shows only the kinds of the change, and no token where the request had none', async () => {
    const id = await contactWithout();
    await record(id, { type: 'PortalLoginChanged', version: 3, token_id: null, changes: ['email', 'password'] });
    expect((await list(id)).body.data).toEqual([
      expect.objectContaining({ type: 'PortalLoginChanged', version: 3, token_name: null, changes: ['email', 'password'] }),
    ]);
  });

  it('when events share a time / shows the newest first, and no event of another contact', async () => {
    const [id, other] = [await contactWithout(), await contactWithout()];
    const ids = [await record(id, { version: 2 }), await record(id, { version: 3 }), await record(id, { version: 4 })];
    await record(other);
    expect((await list(id)).body.data.map((event: { id: string }) => event.id)).toEqual(ids.toReversed());
  });

  it('when it is compared with the topics / it is the same without the credential', async () => {
    const { id } = await gateway.createContact({ email: `${randomUUID()}@x.io` });
    await gateway.update(id, { password: 'correct horse battery' }, { 'x-request-id': 'the-request' });
    const { body } = await list(id);
    expect(body.data.map(({ type, request_id, changes }: any) => ({ type, request_id, changes })).slice(0, 2)).toEqual([
      { type: 'PortalLoginChanged', request_id: 'the-request', changes: ['created'] },
      { type: 'ContactUpdated', request_id: 'the-request', changes: { has_portal_login: { old: false, new: true } } },
    ]);
    const published = [...(await gateway.records('contacts.v1', id, 2)), ...(await gateway.records('portal-logins.v1', id, 1))];
    expect(body.data.map((event: { id: string }) => event.id).sort()).toEqual(
      published.map(({ headers }) => headers['ce_id']).sort(),
    );
    expect(JSON.stringify(body)).not.toMatch(/credential|eyJ|argon2|battery/);
  });
});

describe('the pages of a history', () => {
  it('when it is longer than a page / shows page by page with positions, and a page past the end is empty', async () => {
    const id = await contactWithout();
    for (let version = 2; version < 25; version++) await record(id, { version });
    const page = async (query: string) => {
      const { status, body } = await list(id, query);
      return { status, versions: body.data.map(({ version }: { version: number }) => version), meta: body.meta };
    };
    const range = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, index) => from - index);
    expect(await page('')).toEqual({
      status: 200,
      versions: range(24, 15),
      meta: { current_page: 1, from: 1, last_page: 3, per_page: 10, to: 10, total: 23 },
    });
    expect(await page('?page=3')).toMatchObject({ versions: range(4, 2), meta: { from: 21, to: 23, last_page: 3 } });
    expect(await page('?limit=20&page=2')).toMatchObject({ versions: range(4, 2), meta: { per_page: 20, last_page: 2 } });
    expect(await page('?page=4')).toMatchObject({ status: 200, versions: [], meta: { from: null, to: null, total: 23 } });
  });

  it('when it has no event / shows one empty page', async () => {
    const { body } = await list(await contactWithout());
    expect(body).toEqual({ data: [], meta: { current_page: 1, from: null, last_page: 1, per_page: 10, to: null, total: 0 } });
  });

  it.each([
    ['?page=0', ['page']],
    ['?page=9007199254740991', ['page']],
    ['?per_page=101&page=x', ['page', 'per_page']],
    ['?limit=0', ['limit']],
    ['?per_page=1.5', ['per_page']],
    ['?per_page=', ['per_page']],
    ['?per_page=1&per_page=2', ['per_page']],
    ['?per_page=10&limit=20', ['limit']],
  ])('when the query is %s / answers 422 that names the parameter', async (query, fields) => {
    const { status, body } = await list(await contactWithout(), query);
    expect({ status, fields: Object.keys(body.errors).sort() }).toEqual({ status: 422, fields });
  });
});

describe('the history of an unknown contact', () => {
  it.each(['999999999', '0', 'x', '99999999999999999999'])('when the id is %s / answers 404, whatever the query', async (id) => {
    const { status, body } = await list(id, '?page=0');
    expect({ status, code: body.code, message: body.message }).toEqual({
      status: 404,
      code: 'contact_not_found',
      message: 'Contact not found.',
    });
  });

  it('when the contact was deleted / answers 404: the history is deleted with it', async () => {
    const { id } = await gateway.createContact();
    expect((await list(id)).body.meta.total).toBe(1);
    await gateway.call('DELETE', `/contacts/${id}`);
    expect((await list(id)).status).toBe(404);
    const { rowCount } = await gateway.sql.query('select from contact_event where contact_id = $1', [id]);
    expect(rowCount).toBe(0);
  });
});
