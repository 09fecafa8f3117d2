import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestGateway, TOKEN } from './gateway.harness.js';

let gateway: TestGateway;
let id: string;

beforeAll(async () => {
  gateway = await TestGateway.start();
  id = (await gateway.createContact({ email: 'bad.input@example.com' })).id;
});
afterAll(() => gateway?.stop());

const expectError = (body: any, errors: boolean) => {
  expect(typeof body.message).toBe('string');
  expect(typeof body.code).toBe('string');
  expect('errors' in body).toBe(errors);
};

describe('authentication', () => {
  it.each([
    ['no token', {}, /has no Authorization header/],
    ['another scheme', { authorization: 'Basic abc' }, /must be "Bearer", a space and a token/],
    ['an unknown token', { authorization: 'Bearer nobody-has-this' }, /is unknown, expired or revoked/],
    ['a token with a blank in it', { authorization: 'Bearer two words' }, /must be "Bearer", a space and a token/],
  ])('when the request has %s / answers 401 that says so, before it reads the body', async (_, headers, message) => {
    const response = await fetch(`${gateway.url}/external/api/v1/contacts/${id}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'text/plain' },
      body: '{',
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    const body = (await response.json()) as { message: string };
    expectError(body, false);
    expect(body.message).toMatch(message);
  });

  it('when a token is revoked or expired / the answer is that to an unknown one', async () => {
    const ended = [{ revokedAt: new Date('2026-01-01') }, { expiresAt: new Date('2026-01-01') }];
    const tokens = await Promise.all(ended.map((end) => gateway.insertToken(['contacts:read'], end)));
    const answers = await Promise.all(
      ['nobody-has-this', ...tokens].map((token) =>
        gateway.call('GET', `/contacts/${id}`, undefined, { authorization: `Bearer ${token}` }),
      ),
    );
    const [unknown] = answers;
    for (const { status, body } of answers) expect({ status, body }).toEqual({ status: 401, body: unknown!.body });
  });

  it('when the token has no scope / answers 403; when it is revoked or expired / answers 401; no token is stored in plain text', async () => {
    const reader = await gateway.insertToken(['contacts:read']);
    const revoked = await gateway.insertToken(['contacts:read'], { revokedAt: new Date('2026-01-01') });
    const expired = await gateway.insertToken(['contacts:read'], { expiresAt: new Date('2026-01-01') });
    const ask = async (token: string, method: string) =>
      (await gateway.call(method, `/contacts/${id}`, method === 'POST' ? '{' : undefined, { authorization: `Bearer ${token}` }))
        .status;
    expect(await ask(reader, 'GET')).toBe(200);
    expect(await ask(reader, 'POST')).toBe(403);
    expect(await ask(revoked, 'GET')).toBe(401);
    expect(await ask(expired, 'GET')).toBe(401);
    const { rows } = await gateway.sql.query<{ secret_hash: Buffer }>('select secret_hash from api_token');
    expect(rows.some(({ secret_hash }) => [reader, TOKEN].some((token) => secret_hash.includes(token)))).toBe(false);
  });
});

describe('the scopes of routes', () => {
  const SCOPES = ['contacts', 'companies', 'tokens'].flatMap((name) => [`${name}:read`, `${name}:write`]);
  const ALL = ['events:read', 'audit:read', ...SCOPES];
  /** Requests that get past the scope without an effect. */
  const ROUTES: [scope: string, routes: string[]][] = [
    ['events:read', ['GET /events/stream?type=none', 'GET /contacts/0/events']],
    ['contacts:read', ['GET /contacts', 'GET /contacts/0', 'GET /contacts/export?page=1', 'GET /companies/0/contacts']],
    ['contacts:write', ['POST /contacts', 'PATCH /contacts', 'POST /contacts/batch', 'POST /contacts/0', 'PATCH /contacts/0']],
    ['contacts:write', ['DELETE /contacts/0', 'POST /contacts/0/password', 'DELETE /contacts/0/password']],
    ['contacts:write', ['POST /contacts/0/b2b-portal-password', 'DELETE /contacts/0/b2b-portal-password']],
    ['companies:read', ['GET /companies', 'GET /companies/0', 'GET /companies/export?page=1', 'GET /companies/0/tags']],
    ['companies:write', ['POST /companies', 'POST /companies/0', 'DELETE /companies/0', 'POST /companies/0/tags']],
    ['companies:write', ['PUT /companies/0/tags', 'DELETE /companies/0/tags/x']],
    ['tokens:read', ['GET /tokens']],
    ['tokens:write', ['POST /tokens', 'DELETE /tokens/0']],
    ['audit:read', ['GET /audit']],
  ];
  const tokens = new Map<string, string>();
  beforeAll(async () => {
    for (const scope of ALL) tokens.set(scope, await gateway.insertToken([scope]));
  });

  it.each(ROUTES)('when a token has one scope / only %s opens %j', async (scope, routes) => {
    for (const route of routes) {
      const [method, path] = route.split(' ') as [string, string];
      const opening = [];
      for (const [one, token] of tokens) {
        const { status } = await gateway.call(method, path, undefined, { authorization: `Bearer ${token}` });
        if (status !== 403) opening.push(one);
      }
      expect([route, opening]).toEqual([route, [scope]]);
    }
  });
});

describe('the routes of the gateway', () => {
  it('when the route is unknown / answers 404; when it has another method / answers 405 with Allow', async () => {
    const unknown = await gateway.call('GET', '/nothing/here?email=ann@example.com');
    expect(unknown.status).toBe(404);
    expect(unknown.body).toEqual({ code: 'route_not_found', message: 'There is no route GET /external/api/v1/nothing/here.' });
    const { status, headers, body } = await gateway.call('PUT', `/contacts/${id}`, {});
    const allowed = 'DELETE, GET, HEAD, PATCH, POST';
    expect([status, headers.get('allow')]).toEqual([405, allowed]);
    const message = `PUT is not allowed on /external/api/v1/contacts/${id}, only ${allowed}.`;
    expect(body).toEqual({ code: 'method_not_allowed', message });
  });

  it.each([
    ['text/plain', 'x'],
    ['application/json', '{'],
    ['nonsense', '{}'],
    ['application/json', 'x'.repeat(1024 * 1024 + 1)],
  ])('when the body of type %s cannot be read / answers 404 for an unknown route, 405 for another method', async (type, body) => {
    const status = async (method: string, path: string) =>
      (await gateway.call(method, path, body, { 'content-type': type })).status;
    expect([await status('POST', '/nothing/here'), await status('PUT', `/contacts/${id}`)]).toEqual([404, 405]);
    expect([await status('DELETE', '/contacts/export'), await status('PATCH', '/contacts/batch')]).toEqual([405, 405]);
  });

  it('when the path of the batch has another method / answers 405, with a token or without, and reads no contact id', async () => {
    for (const path of ['/contacts/batch?dry_run=true', '/contacts/%62atch'])
      for (const authorization of [{}, { authorization: '' }]) {
        const { status, headers } = await gateway.call('PATCH', path, { first_name: 'A' }, authorization);
        expect([status, headers.get('allow')]).toEqual([405, 'POST']);
      }
  });

  it.each(['0', '-1', 'abc', '1.5', '01', '9007199254740993', '99999999999999999999', '1%00', '%F0%9F%98%80', '99999999'])(
    'when the contact id is %s / answers 404',
    async (badId) => {
      for (const method of ['GET', 'POST']) {
        const { status, body } = await gateway.call(
          method,
          `/contacts/${badId}`,
          method === 'POST' ? { first_name: 5 } : undefined,
        );
        expect([status, body.message]).toEqual([404, 'Contact not found.']);
      }
    },
  );
});

describe('the request body', () => {
  it.each([
    ['broken JSON', '{"a":'],
    ['a string', '"text"'],
    ['a number', '7'],
    ['null', 'null'],
    ['a list with something in it', '[1]'],
    ['bytes that are not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['nesting deeper than 20', '{"a":'.repeat(21) + '1' + '}'.repeat(21)],
  ])('when it is %s / answers 400', async (_, body) => {
    const answer = await gateway.update(id, body);
    expect(answer.status).toBe(400);
    expectError(answer.body, false);
  });

  it.each([
    ['nothing', ''],
    ['[]', '[]'],
    ['{}', '{}'],
  ])('when it is %s / it counts as {}', async (_, body) => {
    expect((await gateway.update(id, body)).status).toBe(200);
  });

  it.each([
    ['text/plain', 415],
    ['application/xml', 415],
    ['application/merge-patch+json', 415],
    ['application/json; charset=latin1', 415],
    ['APPLICATION/JSON; charset=UTF-8', 200],
    ['application/json; a="b;charset=latin1"; charset="utf-8"', 200],
    ['nonsense', 415],
  ])('when its content type is %s / answers %i', async (type, status) => {
    expect((await gateway.update(id, '{}', { 'content-type': type })).status).toBe(status);
  });

  it('when it is a merge patch on PATCH / it is accepted', async () => {
    const answer = await gateway.call('PATCH', `/contacts/${id}`, '{"phone_2":"5"}', {
      'content-type': 'application/merge-patch+json',
    });
    expect([answer.status, answer.body.data.phone_2]).toEqual([200, '5']);
  });

  it('when it is empty / its content type is not checked', async () => {
    for (const type of ['application/json', 'text/plain']) {
      for (const [method, path] of [
        ['GET', ''],
        ['POST', ''],
        ['DELETE', '/password'],
      ])
        expect((await gateway.call(method!, `/contacts/${id}${path}`, undefined, { 'content-type': type })).status).toBe(200);
    }
  });

  it('when it is over 1 MiB / answers 413 before the type is checked', async () => {
    const body = `{"first_name":"${'a'.repeat(1024 * 1024)}"}`;
    for (const type of ['text/plain', 'nonsense'])
      expect(await gateway.update(id, body, { 'content-type': type })).toMatchObject({
        status: 413,
        body: { code: 'body_too_large' },
      });
  });
});

describe('the fields of a body', () => {
  it('when several are wrong / names all of them in one answer, also those that need the database', async () => {
    const taken = 'taken@example.com';
    await gateway.createContact({ email: taken, password: 'correct horse' });
    const { status, body } = await gateway.update(id, {
      first_name: 5,
      tags: ['ok', ''],
      company_ids: [4_000_000],
      email: taken,
      password: 'long enough',
    });
    expect(status).toBe(422);
    expectError(body, true);
    expect(Object.keys(body.errors).sort()).toEqual(['company_ids.0', 'email', 'first_name', 'tags.1']);
  });

  it('when a password is malformed / names the taken email that its login would have too, on every route', async () => {
    const email = 'held@example.com';
    const company_id = await gateway.createCompany();
    await gateway.createContact({ email, password: 'correct horse' });
    const [sharing, other] = [await gateway.createContact({ email }), await gateway.createContact()];
    const password = 'short';
    const answers = [
      await gateway.update(other.id, { email, password }),
      await gateway.update(sharing.id, { password }),
      await gateway.call('POST', `/contacts/${sharing.id}/password`, { password }),
      await gateway.call('POST', '/contacts', { first_name: 'A', company_id, email, password }),
    ];
    const { data } = (await gateway.call('POST', '/contacts/batch', { items: [{ id: sharing.id, password }] })).body;
    for (const { status, body } of [...answers, { status: data[0].status, body: data[0] }])
      expect([status, Object.keys(body.errors).sort()]).toEqual([422, ['email', 'password']]);
  });

  it.each([
    ['malformed', 'short', 'must be at least 8 characters'],
    ['too weak', 'password', 'is too easily guessed'],
  ])('when a password is %s and there is no email / says both, on every route', async (_, password, defect) => {
    const [company_id, { id: other }] = [await gateway.createCompany(), await gateway.createContact()];
    const strict = await gateway.replica({ refuseWeakPasswords: true });
    try {
      const answers = [
        await strict.update(other, { password }),
        await strict.call('POST', `/contacts/${other}/password`, { password }),
        await strict.call('POST', '/contacts', { first_name: 'A', company_id, password }),
      ];
      for (const { status, body } of answers)
        expect([status, body.errors]).toEqual([422, { password: [defect, 'needs an email address of the contact'] }]);
      const { status, body } = await strict.call('PATCH', '/contacts', { password });
      expect([status, body.errors]).toEqual([422, { email: ['is required'], password: [defect] }]);
      const { data } = (await strict.call('POST', '/contacts/batch', { items: [{ password }] })).body;
      expect(data).toMatchObject([{ status: 422, errors: { id: ['is required'], password: [defect] } }]);
    } finally {
      await strict.stop();
    }
  });

  it.each([
    [{ company_ids: ['x', 4_000_000] }, ['company_ids.0', 'company_ids.1']],
    [{ company_ids: [4_000_000, 4_000_000] }, ['company_ids', 'company_ids.0', 'company_ids.1']],
    [{ company_id: 4_000_000, company_ids: [4_000_001] }, ['company_id', 'company_ids', 'company_ids.0']],
    [{ tags: ['fine', '', 'sa\u200bles'] }, ['tags.1', 'tags.2']],
  ])(
    'when a list or an item of it is malformed / names the items that the database refuses too, on every route: %j',
    async (list, fields) => {
      const email = `list.of.${fields[0]}@example.com`;
      const company = 'company_ids' in list ? {} : { company_id: await gateway.createCompany() };
      const { id: other } = await gateway.createContact({ email });
      const answers = [
        await gateway.update(other, list),
        await gateway.call('POST', '/contacts', { first_name: 'A', ...company, ...list }),
        await gateway.call('PATCH', '/contacts', { email, ...list }),
        await gateway.call('PATCH', '/contacts', { email: `new.${email}`, first_name: 'A', ...company, ...list }),
      ];
      for (const { status, body } of answers) expect([status, Object.keys(body.errors).sort()]).toEqual([422, fields]);
      expect(Object.keys((await gateway.call('PATCH', '/contacts', list)).body.errors).sort()).toEqual(
        [...fields, 'email'].sort(),
      );
    },
  );

  it('when a contact gets existing companies by both names / company_ids alone is an error', async () => {
    const company = await gateway.createCompany();
    const { body } = await gateway.update(id, { company_id: company, company_ids: [await gateway.createCompany()] });
    expect(body.errors).toEqual({ company_ids: ['must not be given together with company_id'] });
  });

  it("when an item of a company's tags is malformed / names those that the database refuses too, on every route", async () => {
    const company = await gateway.createCompany();
    const tags = ['fine', '', 'sa\u200bles'];
    const answers = [
      await gateway.call('POST', '/companies', { name: 'A', tags }),
      await gateway.call('POST', `/companies/${company}`, { tags }),
      await gateway.call('POST', `/companies/${company}/tags`, { tags }),
      await gateway.call('PUT', `/companies/${company}/tags`, { tags }),
    ];
    for (const { status, body } of answers)
      expect([status, Object.keys(body.errors).sort()]).toEqual([422, ['tags.1', 'tags.2']]);
    const { body } = await gateway.call('POST', `/companies/${company}/tags?dry_run=maybe`, { tags });
    expect(Object.keys(body.errors).sort()).toEqual(['dry_run', 'tags.1', 'tags.2']);
  });

  it.each([
    ['a NUL', 'a\u0000b'],
    ['a bell', 'a\u0007b'],
    ['a lone surrogate', 'a\ud800b'],
    ['a vertical tab at its start', '\u000bab'],
    ['a form feed at its end', 'ab\u000c'],
  ])('when a string contains %s / answers 422', async (_, text) => {
    const { status, body } = await gateway.update(
      id,
      JSON.stringify({ last_name: text, tags: [text], password: `${text} long enough` }),
    );
    expect([status, Object.keys(body.errors).sort()]).toEqual([422, ['last_name', 'password', 'tags.0']]);
  });

  it.each<[string, unknown[], unknown[]]>([
    ['is_primary', [true, 0, 1, '0', '1', 'true', ' false '], [null, '', 'TRUE', 'yes', 2, -1, [true], {}]],
    ['first_name', [null, '', 'a', ' '.repeat(300), `  ${'😀'.repeat(255)}\n`], [5, true, ['a'], {}, '😀'.repeat(256)]],
    ['email', [null, '', ' Forms@Example.com '], [5, 'x', 'a@b', 'a@x.io,b@x.io', 'A <a@x.io>']],
    [
      'tags',
      [[], ['a', 'A', { name: ' a ' }], ['x'.repeat(255)]],
      [null, 'a', [null], [''], [5], [{ id: 1 }], ['x'.repeat(256)]],
    ],
    ['company_id', [], [null, '', true, [1], {}, 1.5, '0x1', '1e0', 'one']],
    ['company_ids', [], [null, [], 1, '1', {}, [null], [[1]], ['1.0'], Array(101).fill(1)]],
    ['password', [' 1234567', '😀'.repeat(255)], [null, '', 12_345_678, '1234567', 'e\u0301'.repeat(7), '12345678\u0085']],
  ])('when %s has each form of the contract / accepts it, and names the field of any other', async (field, right, wrong) => {
    const { id: other } = await gateway.createContact({ email: `${field}@example.com` });
    for (const value of right) expect([value, (await gateway.update(other, { [field]: value })).status]).toEqual([value, 200]);
    for (const value of wrong) {
      const { status, body } = await gateway.update(other, { [field]: value });
      expect([value, status, Object.keys(body.errors)[0]?.split('.')[0]]).toEqual([value, 422, field]);
    }
  });

  it.each([0, -5, 4_000_000, Number.MAX_SAFE_INTEGER])('when company_id is %d / answers 422 on company_id', async (companyId) => {
    const { status, body } = await gateway.update(id, { company_id: companyId });
    expect([status, Object.keys(body.errors)]).toEqual([422, ['company_id']]);
  });

  it('when an update is refused / stores nothing of it', async () => {
    const before = (await gateway.call('GET', `/contacts/${id}`)).body;
    await gateway.update(id, { first_name: 'Changed', tags: ['never made'], company_id: 4_000_000 });
    expect((await gateway.call('GET', `/contacts/${id}`)).body).toEqual(before);
    expect((await gateway.sql.query(`select 1 from tag where name = 'never made'`)).rowCount).toBe(0);
  });
});

describe('every answer of the gateway', () => {
  it('when the caller sends a valid request id / it has this id, and otherwise an id of its own', async () => {
    expect((await gateway.call('GET', '/nowhere', undefined, { 'x-request-id': 'mine-1' })).headers.get('x-request-id')).toBe(
      'mine-1',
    );
    for (const strange of ['two words', 'a'.repeat(129)]) {
      expect(
        (await gateway.call('GET', `/contacts/${id}`, undefined, { 'x-request-id': strange })).headers.get('x-request-id'),
      ).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('when the caller accepts problem+json / an error is problem+json', async () => {
    const { status, headers, body } = await gateway.update(id, { email: 'x' }, { accept: 'application/problem+json' });
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(body).toMatchObject({
      type: 'about:blank',
      status,
      code: 'validation_failed',
      errors: { email: ['must be an email address'] },
    });
  });

  it('when the request line cannot be read / the error has the same shape', async () => {
    const { port } = new URL(gateway.url);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () =>
        socket.write('GET /external/api/v1/contacts/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
      );
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('end', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({
      message: expect.any(String),
      code: expect.any(String),
    });
  });
});
