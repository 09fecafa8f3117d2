import { MikroORM } from '@mikro-orm/postgresql';
import { eventually } from '#app/system/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ormOptions } from '../apps/gateway/src/orm.js';
import { seedToken } from '../apps/gateway/src/tokens/seed-token.js';
import { SECRET, TestGateway, TOKEN, type Answer } from './gateway.harness.js';

const SCOPES = ['contacts:read', 'companies:read'];

let gateway: TestGateway;
let replica: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start();
  replica = await TestGateway.start({ GATEWAY_DATABASE_URL: gateway.databaseUrl, TOPIC_PREFIX: gateway.topicPrefix });
});
afterAll(async () => {
  await replica?.stop();
  await gateway?.stop();
});

const create = (body: unknown, token = TOKEN): Promise<Answer> =>
  gateway.callUntilAnswered('POST', '/tokens', body, { authorization: `Bearer ${token}` });
const made = async (fields: object = {}) => (await create({ name: 'made', scopes: SCOPES, ...fields })).body.data;
const statusOf = async (token: string, at = gateway, path = '/contacts/999') =>
  (await at.callUntilAnswered('GET', path, undefined, { authorization: `Bearer ${token}` })).status;

describe('the creation of a token', () => {
  it('when it succeeds / the answer has the token and all its fields', async () => {
    const expiresAt = '2099-01-02T03:04:05.678Z';
    const { status, body } = await create({ name: '  ERP nightly  ', scopes: SCOPES, expires_at: expiresAt, colour: 'red' });
    expect(status).toBe(201);
    expect(body.data).toEqual({
      id: expect.any(Number),
      name: 'ERP nightly',
      scopes: SCOPES,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      expires_at: expiresAt,
      last_used_at: null,
      revoked_at: null,
      created_by: expect.any(Number),
      token: expect.stringMatching(/^csync_[0-9a-f]{72}$/),
    });
    expect(Date.now() - Date.parse(body.data.created_at)).toBeLessThan(60_000);
  });

  it('when the token is used / it has its scopes and no others', async () => {
    const { token } = await made();
    expect(await statusOf(token)).toBe(404);
    expect(await statusOf(token, gateway, '/tokens')).toBe(403);
  });

  it('when the database is searched / the token is nowhere in plain text', async () => {
    const { token } = await made();
    const { rows } = await gateway.sql.query<{ row: string }>(
      `select row_to_json(t)::text || encode(secret_hash, 'escape') as row from api_token as t`,
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.some(({ row }) => row.includes(token) || row.includes(token.slice(6)))).toBe(false);
  });

  it('when several are made / no two are equal', async () => {
    const [one, other] = [await made(), await made()];
    expect(one.token).not.toBe(other.token);
    expect(one.id).not.toBe(other.id);
  });

  it.each([undefined, null, ''])('when expires_at is %p / the token never expires', async (expires_at) => {
    expect((await made({ expires_at })).expires_at).toBeNull();
  });

  it('when expires_at has passed / the token is refused', async () => {
    const madeUntil = async (ms: number) => (await made({ expires_at: new Date(Date.now() + ms).toISOString() })).token;
    let token = await madeUntil(3_000);
    let status = await statusOf(token);
    // On a busy machine one that ends soon can have ended before it is used.
    if (status === 401) status = await statusOf((token = await madeUntil(12_000)));
    expect(status).toBe(404);
    await eventually(async () => expect(await statusOf(token)).toBe(401));
  });
});

describe('an invalid creation of a token', () => {
  it.each<[string, unknown, Record<string, string[]>]>([
    ['nothing is given', {}, { name: ['is required'], scopes: ['is required'] }],
    ['the name is blank', { name: ' ', scopes: SCOPES }, { name: ['is required'] }],
    ['the name is too long', { name: 'x'.repeat(256), scopes: SCOPES }, { name: ['must be at most 255 characters'] }],
    ['the name holds a NUL', { name: 'a\0b', scopes: SCOPES }, { name: ['must not contain control characters'] }],
    ['the name is no string', { name: 5, scopes: SCOPES }, { name: ['must be a string'] }],
    ['the name cannot become a string', { name: { toString: 1 }, scopes: SCOPES }, { name: ['must be a string'] }],
    ['scopes are no list', { name: 'x', scopes: 'contacts:read' }, { scopes: ['must be a list'] }],
    ['scopes are empty', { name: 'x', scopes: [] }, { scopes: ['must have at least 1 item'] }],
    [
      'a scope is unknown, another repeated',
      { name: 'x', scopes: ['contacts:read', 'contacts:*', 'contacts:read', null, 7] },
      {
        'scopes.1': [expect.stringMatching(/^must be one of /)] as never,
        'scopes.2': ['must not be repeated'],
        'scopes.3': [expect.stringMatching(/^must be one of /)] as never,
        'scopes.4': [expect.stringMatching(/^must be one of /)] as never,
      },
    ],
    [
      'it expires in the past',
      { name: 'x', scopes: SCOPES, expires_at: '2020-01-01T00:00:00Z' },
      { expires_at: ['must be in the future'] },
    ],
    [
      'it expires on no day',
      { name: 'x', scopes: SCOPES, expires_at: '2099-02-30T00:00:00Z' },
      { expires_at: ['must be an RFC 3339 time such as 2030-01-31T09:00:00Z'] },
    ],
  ])('when %s / answers 422 that names the field', async (_, body, errors) => {
    const { status, body: answer } = await create(body);
    expect(status).toBe(422);
    expect(answer.code).toBe('validation_failed');
    expect(answer.errors).toEqual(errors);
  });

  it('when the caller lacks a scope / answers 403 before other errors, except an unreadable body', async () => {
    const { token } = await made({ scopes: ['tokens:write', 'contacts:read'] });
    expect((await create({ name: 'x', scopes: ['contacts:read'] }, token)).status).toBe(201);
    const { status, body } = await create({ name: 'x', scopes: ['contacts:read', 'contacts:write'] }, token);
    expect([status, body.code, body.errors]).toEqual([403, 'scope_not_held', undefined]);
    expect(body.message).toContain('contacts:write');
    expect((await create({ scopes: ['contacts:write', 'nonsense'] }, token)).status).toBe(403);
    const tooLong = await create({ scopes: Array<string>(101).fill('contacts:write') }, token);
    expect([tooLong.status, tooLong.body.message]).toEqual([403, body.message]);
    expect((await create({ scopes: ['nonsense'] }, token)).status).toBe(422);
    expect((await create('{', token)).status).toBe(400);
  });
});

describe('the list of tokens', () => {
  const list = (query = '') => gateway.call('GET', `/tokens${query}`);

  it('when tokens exist / has each by id, also the seeded one, and never the token itself', async () => {
    const { token, ...shown } = await made();
    const { status, body } = await list('?per_page=100');
    expect(status).toBe(200);
    expect(body.data).toContainEqual(shown);
    expect(body.data[0]).toMatchObject({ id: 1, name: 'API_TOKEN', expires_at: null, revoked_at: null });
    expect(body.data.map(({ id }: any) => id)).toEqual([...body.data.map(({ id }: any) => id)].sort((a, b) => a - b));
    expect(JSON.stringify(body)).not.toContain(token);
  });

  it('when the seeded token is looked up by the time that it shows / is found', async () => {
    const { created_at } = (await list('?id=1')).body.data[0];
    expect((await list(`?id=1&created_at=${created_at}`)).body.data).toHaveLength(1);
    expect((await list(`?id=1&created_at[gt]=${created_at}`)).body.data).toEqual([]);
  });

  it.each(['9999-12-31T23:59:59.999Z', '5138-11-16T09:46:39.001Z', '1969-12-31T23:59:59.999Z', '1583-01-01T00:00:00.001Z'])(
    'when a token that expires at %s is looked up by that time / is found by that time alone',
    async (time) => {
      await gateway.insertToken(SCOPES, { expiresAt: new Date(time) });
      const count = async (operator: string) => (await list(`?expires_at[${operator}]=${time}`)).body.meta.total;
      const [equal, least, most, above, below] = [
        await count('eq'),
        await count('gte'),
        await count('lte'),
        await count('gt'),
        await count('lt'),
      ];
      expect([equal, least - above, most - below]).toEqual([1, 1, 1]);
    },
  );

  it('when the time of a filter is the first or last that can be written / answers 200', async () => {
    for (const time of ['0000-01-01T00:00:00.000Z', '9999-12-31'])
      expect((await list(`?expires_at[gte]=${time}`)).status).toBe(200);
  });

  it('when there are many / has pages', async () => {
    await Promise.all([made(), made(), made()]);
    const { total } = (await list()).body.meta;
    const second = (await list('?page=2&per_page=2')).body;
    const last_page = Math.ceil(total / 2);
    expect(second.meta).toEqual({ current_page: 2, from: 3, last_page, per_page: 2, to: 4, total });
    expect(second.data).toHaveLength(2);
    expect((await list('?limit=3')).body.meta).toMatchObject({ current_page: 1, per_page: 3, to: 3 });
    const past = await list('?page=90071992547409&per_page=100');
    expect(past.status).toBe(200);
    expect(past.body.data).toEqual([]);
    expect(past.body.meta).toMatchObject({ from: null, to: null, total });
  });

  it.each(['page=0', 'page=x', 'page=90071992547410', 'per_page=101', 'limit=0', 'page=1&page=2', 'colour=red'])(
    'when the query is ?%s / answers 422 that names the parameter',
    async (query) => {
      const { status, body } = await list(`?${query}`);
      expect([status, Object.keys(body.errors)]).toEqual([422, [query.split('=')[0]]]);
    },
  );
});

describe('the revocation of a token', () => {
  const revoke = (id: unknown, at = gateway) => at.call('DELETE', `/tokens/${String(id)}`);

  it('when one replica does it / that replica refuses it at once, and the others within 5 s', async () => {
    const { id, token } = await made();
    expect([await statusOf(token, gateway), await statusOf(token, replica)]).toEqual([404, 404]);
    const { status, body } = await revoke(id);
    const revokedAt = performance.now();
    expect(status).toBe(200);
    expect(body.data).toMatchObject({ id, name: 'made', revoked_at: expect.any(String) });
    expect(body.data).not.toHaveProperty('token');
    expect(await statusOf(token, gateway)).toBe(401);
    await eventually(async () => expect(await statusOf(token, replica)).toBe(401));
    expect(performance.now() - revokedAt).toBeLessThan(10_000);
  });

  it('when it is repeated / answers the same, with the first time', async () => {
    const { id } = await made();
    const first = await revoke(id);
    const again = await revoke(id, replica);
    expect([again.status, again.body]).toEqual([200, first.body]);
  });

  it.each(['0', '-1', 'abc', '1.5', '9007199254740993', '99999999'])('when the id is %s / answers 404', async (id) => {
    const { status, body } = await revoke(id);
    expect([status, body]).toEqual([404, { message: 'Token not found.', code: 'token_not_found' }]);
  });

  it('when the caller has no tokens:write / answers 403', async () => {
    const { id, token } = await made({ scopes: ['tokens:read'] });
    expect((await gateway.call('DELETE', `/tokens/${id}`, undefined, { authorization: `Bearer ${token}` })).status).toBe(403);
  });
});

describe('the audit trail of tokens', () => {
  it('when tokens are made, and one is revoked with its descendants / has each once, with its actor and its request', async () => {
    const maker = await made({ name: 'maker', scopes: ['tokens:write', ...SCOPES] });
    const as = { authorization: `Bearer ${maker.token}`, 'x-request-id': 'make-child' };
    const child = (await gateway.call('POST', '/tokens', { name: 'child', scopes: SCOPES }, as)).body.data;
    for (const requestId of ['end-both', 'end-again'])
      await gateway.call('DELETE', `/tokens/${maker.id}?descendants=true`, undefined, { 'x-request-id': requestId });
    const { data } = (
      await gateway.call('GET', `/audit?target[in]=token:${maker.id},token:${child.id}&action[neq]=token.first_used`)
    ).body;
    const [revoked, created] = [
      { actor: 'token:1', action: 'token.revoked', request_id: 'end-both', details: {} },
      'token.created',
    ];
    const ofChild = { name: 'child', scopes: SCOPES };
    expect(data.toReversed()).toMatchObject([
      { actor: 'token:1', action: created, target: `token:${maker.id}`, details: { name: 'maker' } },
      { actor: `token:${maker.id}`, action: created, target: `token:${child.id}`, request_id: 'make-child', details: ofChild },
      { ...revoked, target: `token:${maker.id}` },
      { ...revoked, target: `token:${child.id}` },
    ]);
    expect(JSON.stringify(data)).not.toMatch(/csync_/);
  });
});

describe('last_used_at', () => {
  it('when the gateway that used the token has stopped / has the time, and the audit trail the first use', async () => {
    const { id, token } = await made();
    const third = await TestGateway.start({ GATEWAY_DATABASE_URL: gateway.databaseUrl, TOPIC_PREFIX: gateway.topicPrefix });
    const before = Date.now();
    expect(await statusOf(token, third)).toBe(404);
    await third.stop();
    const { data } = (await gateway.call('GET', '/tokens?per_page=100')).body;
    const usedAt = Date.parse(data.find((shown: any) => shown.id === id).last_used_at);
    expect(usedAt).toBeGreaterThanOrEqual(before);
    expect(usedAt).toBeLessThanOrEqual(Date.now());
    const audit = (await gateway.call('GET', `/audit?target=token:${id}&action=token.first_used`)).body.data;
    expect(audit).toMatchObject([{ actor: `token:${id}`, request_id: null }]);
  });
});

describe('the options of writes on tokens', () => {
  it('when dry_run is set / answers 422 on dry_run and makes nothing', async () => {
    const { id, token } = await made();
    const body = { name: 'x', scopes: SCOPES };
    const asked = [
      await gateway.call('POST', '/tokens?dry_run=true', body),
      await gateway.call('POST', '/tokens', body, { prefer: 'dry-run' }),
      await gateway.call('DELETE', `/tokens/${id}?dry_run=true`),
    ];
    for (const answer of asked) expect([answer.status, Object.keys(answer.body.errors)]).toEqual([422, ['dry_run']]);
    expect(await statusOf(token)).toBe(404);
  });

  it('when an Idempotency-Key is set / each request makes a token', async () => {
    const ask = () => gateway.call('POST', '/tokens', { name: 'x', scopes: SCOPES }, { 'idempotency-key': 'one' });
    const [one, other] = [await ask(), await ask()];
    expect([one.status, other.status]).toEqual([201, 201]);
    expect(one.body.data.token).not.toBe(other.body.data.token);
  });
});

describe('a token with the name of the seeded one', () => {
  it('when another token is seeded / the two are not confused', async () => {
    const { token } = await made({ name: 'API_TOKEN' });
    const orm = await MikroORM.init(ormOptions(gateway.databaseUrl));
    try {
      await seedToken(orm.em, Buffer.from(SECRET, 'base64url'), 'another-seeded-token');
    } finally {
      await orm.close();
    }
    await eventually(async () => expect(await statusOf(TOKEN)).toBe(401));
    expect(await statusOf(token)).toBe(404);
    expect(await statusOf('another-seeded-token')).toBe(404);
  });
});
