import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuthWorld, type RunningAuth } from './auth.harness.js';
import { SECRET, TestGateway, TOKEN, type Answer } from './gateway.harness.js';

const MIB = 1024 * 1024;
/** Far more than an answer takes on a busy machine, and far less than the minute that combining marks once took. */
const PROMPT_MS = 15_000;

let world: AuthWorld;
let auth: RunningAuth;
let gateway: TestGateway;
/** A gateway on the same database, with the settings that are off by default. */
let hardened: TestGateway;
let id: string;

beforeAll(async () => {
  world = await AuthWorld.create(1);
  gateway = await TestGateway.start();
  const same = { GATEWAY_DATABASE_URL: gateway.databaseUrl, TOPIC_PREFIX: gateway.topicPrefix, GATEWAY_SECRET: SECRET };
  [auth, hardened] = await Promise.all([
    world.start({ LOGIN_ATTEMPTS_PER_EMAIL: '1000', LOGIN_ATTEMPTS_PER_ADDRESS: '10000' }),
    TestGateway.start({ ...same, DOCS_ENABLED: 'false', REFUSE_WEAK_PASSWORDS: 'true' }),
  ]);
  id = (await gateway.createContact({ email: 'victim@example.com' })).id;
});
afterAll(async () => {
  await hardened?.stop();
  await gateway?.stop();
  await world?.close();
});

const contact = async () => (await gateway.call('GET', `/contacts/${id}`)).body.data;

describe('prototype pollution', () => {
  const polluted = { polluted: 'yes', is_primary: true, first_name: 'Polluted' };
  const parts = `"__proto__":${JSON.stringify(polluted)},"constructor":{"prototype":${JSON.stringify(polluted)}}`;

  it.each<[string, string, string]>([
    ['POST', '/contacts/ID', `{${parts},"prototype":{}}`],
    ['PATCH', '/contacts', `{"email":"victim@example.com",${parts}}`],
    ['POST', '/contacts/ID', `{"tags":[{"name":"sales",${parts}}]}`],
    ['POST', '/contacts/batch', `{"items":[{"id":ID,${parts}}],${parts}}`],
    ['POST', '/contacts/ID/password', `{"password":"a good password",${parts}}`],
    ['POST', '/companies', `{"name":"Acme",${parts}}`],
    ['POST', '/tokens', `{"name":"x","scopes":["contacts:read"],${parts}}`],
  ])(
    'when %s %s has names of the prototype / nothing changes in the contact, in later requests or in the process',
    async (method, path, body) => {
      const named = await contact();
      const { status } = await gateway.call(method, path.replace('ID', id), body.replace('ID', id));
      expect(status).toBeLessThan(300);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      const { first_name, is_primary } = await contact();
      expect([first_name, is_primary]).toEqual([named.first_name, named.is_primary]);
    },
  );

  it('when a name of the prototype stands where a field or item is looked up by name / answers 422', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', '__proto__[polluted]', 'constructor[prototype]'])
      expect((await gateway.call('GET', `/contacts?${encodeURIComponent(name)}=1&sort=__proto__,constructor:asc`)).status).toBe(
        422,
      );
    const strict = await gateway.update(id, `{${parts}}`, { prefer: 'handling=strict' });
    expect([strict.status, Object.keys(strict.body.errors).sort()]).toEqual([422, ['__proto__', 'constructor']]);
  });

  it.each<[string, string]>([
    ['/contacts/ID', 'tags'],
    ['/contacts/ID', 'company_ids'],
    ['/companies/1/tags', 'tags'],
    ['/tokens', 'scopes'],
  ])('when it is in an item of a list that is too long, in a body of %s / answers 422 on %s', async (path, field) => {
    for (const item of [{ constructor: null }, { constructor: 'a' }, { constructor: { prototype: null } }]) {
      const body = { name: 'x', [field]: [...Array<string>(100).fill('a'), item] };
      const { status, body: answer } = await gateway.call('POST', path.replace('ID', id), body);
      expect([status, answer.errors]).toEqual([422, { [field]: ['must have at most 100 items'] }]);
    }
  });
});

describe('values that cannot become a text or a number', () => {
  const values: unknown[] = [
    { toString: 1 },
    [{ toString: 1 }],
    { valueOf: 1, toString: 1, toJSON: 1 },
    { length: -1, then: 1 },
    [[]],
  ];
  const CONTACT = ['id', 'first_name', 'email', 'company_id', 'company_ids', 'is_primary', 'tags', 'password'];

  it.each<[string, string, string[]]>([
    ['POST', '/contacts/ID', CONTACT],
    ['POST', '/contacts', CONTACT],
    ['PATCH', '/contacts', CONTACT],
    ['POST', '/contacts/batch', ['items']],
    ['POST', '/contacts/ID/password', ['password']],
    ['POST', '/companies', ['id', 'name', 'notes', 'tags']],
    ['PUT', '/companies/1/tags', ['tags']],
    ['POST', '/tokens', ['name', 'scopes', 'expires_at']],
  ])('when they are in a field of %s %s / it is refused or ignored', async (method, path, fields) => {
    for (const field of fields)
      for (const value of values)
        for (const form of [value, [value], [{ name: value }]])
          for (const headers of [{}, { 'idempotency-key': 'of-values' }, { prefer: 'handling=strict, dry-run' }]) {
            const { status } = await gateway.call(method, path.replace('ID', id), { [field]: form }, headers);
            expect([form, status < 500]).toEqual([form, true]);
          }
  });

  it.each(['id', 'if_match', 'if_none_match', 'tags', 'email'])(
    'when they are %s of a batch item / the item is refused',
    async (field) => {
      for (const value of values) {
        const { status, body } = await gateway.call('POST', '/contacts/batch', { items: [{ id, [field]: value }] });
        expect([status, body.data[0].status]).toEqual([207, field === 'id' ? 404 : 422]);
      }
    },
  );

  it.each(['email', 'password'])('when they are the %s of a sign-in / answers 422', async (field) => {
    for (const value of values)
      expect((await auth.call('POST', '/portal/sessions', { email: 'a@x.io', password: 'x', [field]: value })).status).toBe(422);
  });
});

describe('read-only fields', () => {
  it('when a body sets them / they are ignored, whatever their values', async () => {
    const before = await contact();
    const theirs = { id: 99, version: 99, login_version: 9, has_portal_login: false, created_at: '2000-01-01T00:00:00Z' };
    const more = {
      status: 'gone',
      full_name: 'x',
      companies: [],
      company: { id: '9' },
      credential: 'x',
      email_key: 'x',
      locked_at: null,
    };
    expect((await gateway.update(id, { ...theirs, ...more })).status).toBe(200);
    expect(await contact()).toEqual(before);
  });
});

describe('SQL in the query of a list', () => {
  const tricks = [
    `id; drop table contact --`,
    `id desc, (select pg_sleep(9))`,
    `"id"`,
    `id:asc;--`,
    `(case when 1=1 then id end)`,
  ];

  it.each(tricks)('when it is a field to sort by / answers 422: %s', async (trick) => {
    const { status, body } = await gateway.call('GET', `/contacts?sort=${encodeURIComponent(trick)}`);
    expect([status, Object.keys(body.errors)]).toEqual([422, ['sort']]);
  });

  it.each(tricks)('when it is a field or operator to filter by / answers 422: %s', async (trick) => {
    for (const name of [trick, `email[${trick}]`])
      expect((await gateway.call('GET', `/contacts?${encodeURIComponent(name)}=1`)).status).toBe(422);
  });

  it("when it is a filter's value / finds only the contact that has this text", async () => {
    for (const value of [`' or 1=1 --`, `\\'; drop table contact; --`, `$1`, `?`, `%`, `_`, `100% \\_`]) {
      const { id: own } = await gateway.createContact({ last_name: value });
      for (const operator of ['eq', 'contains', 'in']) {
        const { body } = await gateway.call('GET', `/contacts?last_name[${operator}]=${encodeURIComponent(value)}&per_page=100`);
        const found = body.data.filter(({ last_name }: any) => !String(last_name).includes(value));
        expect([found, body.data.some((one: any) => one.id === own)]).toEqual([[], true]);
      }
    }
  });
});

describe('headers that go into logs and answers', () => {
  it.each([
    ['Idempotency-Key', 'x'.repeat(256)],
    ['Idempotency-Key', 'caf\u00e9'],
    ['Idempotency-Key', 'a\tb'],
    ['If-Match', '"a" b'],
  ])('when %s has an invalid form / answers 400', async (name, value) => {
    expect((await gateway.update(id, {}, { [name]: value })).status).toBe(400);
  });

  it('when a request id contains the end of a line / it is replaced', async () => {
    for (const strange of ['a\tb', 'caf\u00e9', 'x'.repeat(129)]) {
      const { headers } = await gateway.update(id, {}, { 'x-request-id': strange });
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
});

describe('a token', () => {
  it('when it is sent in the address or the body / answers 401', async () => {
    for (const name of ['access_token', 'token', 'api_key'])
      expect((await gateway.call('GET', `/contacts/${id}?${name}=${TOKEN}`, undefined, { authorization: '' })).status).toBe(401);
    expect((await gateway.update(id, { access_token: TOKEN }, { authorization: '' })).status).toBe(401);
  });
});

/** Runs work and measures its time in milliseconds. */
async function timed<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const began = performance.now();
  return { result: await work(), ms: performance.now() - began };
}

describe('a value of one megabyte', () => {
  const marks = `a${'\u0301\u0323'.repeat(MIB / 4 - 100)}`;
  const places: [string, unknown, number][] = [
    ['password', marks, 422],
    ['password', { a: marks }, 422],
    ['email', `${marks}@x.io`, 422],
    ['email', `${'a@'.repeat(MIB / 2 - 100)}x.io`, 422],
    ['email', `${'a.'.repeat(MIB / 2 - 100)}@x.io`, 422],
    ['first_name', marks, 422],
    ['first_name', ' '.repeat(MIB - 100), 200],
    ['first_name', `a${'\r'.repeat(MIB / 2 - 100)}b\r\nc`, 422],
    ['company_id', '9'.repeat(MIB - 100), 422],
    ['is_primary', '0'.repeat(MIB - 100), 422],
    ['tags', [marks], 422],
    ['tags', Array.from({ length: MIB / 4 - 100 }, () => 'a'), 422],
    ['unknown', '['.repeat(MIB - 100), 200],
  ];

  it.each(places)('when it is sent as %s / the answer comes at once', async (field, value, status) => {
    const { result, ms } = await timed(() => gateway.updateUntilAnswered(id, { [field]: value }));
    expect(result.status).toBe(status);
    expect(ms).toBeLessThan(PROMPT_MS);
  });

  it('when it is sent to sign in / the answer comes at once and is the same as for any wrong password', async () => {
    for (const body of [
      { email: 'victim@example.com', password: marks },
      { email: `${marks}@x.io`, password: 'a good password' },
    ]) {
      const { result, ms } = await timed(() => auth.call('POST', '/portal/sessions', body));
      expect(result).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
      expect(ms).toBeLessThan(PROMPT_MS);
    }
  });

  it('when it is nested brackets without an end / answers 400 at once', async () => {
    const { result, ms } = await timed(() => gateway.update(id, '['.repeat(MIB - 100)));
    expect(result.status).toBe(400);
    expect(ms).toBeLessThan(PROMPT_MS);
  });
});

describe('a flood of new passwords', () => {
  it('when the hash queue is full / answers 503 before any hash, and serves other updates', async () => {
    const targets = await Promise.all(
      Array.from({ length: 4 }, (_, n) => gateway.createContact({ email: `flood-${n}@example.com` })),
    );
    const set = (n: number): Promise<Answer> => gateway.update(targets[n % 4].id, { password: `flood ${n} of passwords` });
    const flood = Array.from({ length: 120 }, (_, n) => set(n));
    const others = Array.from({ length: 20 }, (_, n) => gateway.update(id, { phone_2: String(n) }));
    for (const { status } of await Promise.all(others)) expect(status).toBe(200);
    const answers = await Promise.all(flood);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]));
    const refused = answers.filter(({ status }) => status === 503);
    for (const { body, headers } of refused) expect([body.code, headers.get('retry-after')]).toEqual(['hash_queue_full', '1']);
    const { rows } = await gateway.sql.query<{ sets: string }>(
      `select sum(login_version) as sets from contact where id = any($1)`,
      [targets.map((target) => target.id)],
    );
    expect(Number(rows[0]!.sets)).toBe(answers.length - refused.length);
  });
});

describe('the hardening settings of the gateway', () => {
  it('when documents are switched off / answers no document', async () => {
    const paths = ['/docs', '/docs/', '/openapi.json', '/asyncapi', '/asyncapi.json'];
    const statuses = async (url: string) => Promise.all(paths.map(async (path) => (await fetch(`${url}${path}`)).status));
    expect(await statuses(hardened.url)).toEqual(paths.map(() => 404));
    expect(await statuses(gateway.url)).toEqual(paths.map(() => 200));
  });

  it('when weak passwords are forbidden / every route that sets one answers 422 with all other errors, in dry runs too', async () => {
    const weak = { password: 'Sunshine' };
    const created = { first_name: 'A', company_id: await gateway.createCompany() };
    const asked: [string, string, object][] = [
      ['POST', `/contacts/${id}`, weak],
      ['POST', `/contacts/${id}`, { password: 'Victim@Example.com' }],
      ['POST', `/contacts/${id}?dry_run=true`, weak],
      ['POST', `/contacts/${id}/b2b-portal-password`, weak],
      ['POST', '/contacts', { ...created, ...weak, email: 'new@example.com' }],
      ['PATCH', '/contacts', { ...created, ...weak, email: 'new@example.com' }],
      ['PATCH', '/contacts', { email: 'victim@example.com', ...weak }],
    ];
    for (const [method, path, body] of asked) {
      const { status, body: answer } = await hardened.call(method, path, body);
      expect([method, path, status, answer.errors]).toEqual([method, path, 422, { password: ['is too easily guessed'] }]);
    }
    const several = await hardened.update(id, { ...weak, company_id: 4_000_000 });
    expect(Object.keys(several.body.errors as object).sort()).toEqual(['company_id', 'password']);
    expect((await gateway.update(id, weak)).status).toBe(200);
  });
});
