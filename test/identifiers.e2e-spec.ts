import { loginEmailKey } from '#app/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestGateway } from './gateway.harness.js';

let gateway: TestGateway;
let unique = 0;
const address = () => `clear${++unique}@example.com`;
beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway?.stop());

const UNCLEAR_EMAILS = [
  'a\u200bda@x.io',
  'a\u2060da@x.io',
  'a\u202eda@x.io',
  'a\u3000da@x.io',
  '\uff41da@x.io',
  '"a\nBcc: eve"@x.io',
  'ada@x\u200b.io',
];
const UNCLEAR_TAGS = ['sa\u200bles', 'sa\u00adles', 'key\u00a0account', 'sales\u2066', '\u3164', 'two\nlines'];

describe.each(UNCLEAR_EMAILS)('when a new email is %j', (email) => {
  it('and any route gets it / answers 422 on email alone, and stores nothing', async () => {
    const company_id = await gateway.createCompany();
    const { id } = await gateway.createContact({ email: address() });
    const body = { first_name: 'A', company_id, email, password: 'correct horse' };
    const answers = [
      await gateway.call('POST', '/contacts', body),
      await gateway.call('PATCH', '/contacts', body),
      await gateway.update(id, { email }),
      await gateway.update(id, { email, password: 'correct horse' }),
      (await gateway.call('POST', '/contacts/batch', { items: [{ id: Number(id), email }] })).body.data[0],
    ];
    for (const { status, ...answer } of answers)
      expect([status, Object.keys(('body' in answer ? answer.body : answer).errors)]).toEqual([422, ['email']]);
    const { rows } = await gateway.sql.query('select from contact where email = $1', [email]);
    expect(rows).toHaveLength(0);
  });
});

describe.each(UNCLEAR_TAGS)('when a new tag is named %j', (tag) => {
  it('and any route gets it / answers 422 that names its place', async () => {
    const company = await gateway.createCompany();
    const { id } = await gateway.createContact({ email: address() });
    const tags = ['fine', tag];
    const answers = [
      await gateway.call('POST', '/contacts', { first_name: 'A', company_id: company, tags }),
      await gateway.update(id, { tags }),
      await gateway.call('POST', '/companies', { name: 'A', tags }),
      await gateway.call('POST', `/companies/${company}`, { tags }),
      await gateway.call('POST', `/companies/${company}/tags`, { tags }),
      await gateway.call('PUT', `/companies/${company}/tags`, { tags }),
    ];
    for (const { status, body } of answers) expect([status, Object.keys(body.errors)]).toEqual([422, ['tags.1']]);
  });
});

describe('when a company is given a name', () => {
  it.each(['Ac\u200bme', 'Acme\u202e', 'Acme\nInc.', '\u2800'])('%j / answers 422 on name', async (name) => {
    const id = await gateway.createCompany();
    for (const [method, path] of [
      ['POST', '/companies'],
      ['POST', `/companies/${id}`],
    ] as const) {
      const { status, body } = await gateway.call(method, path, { name });
      expect([status, Object.keys(body.errors)]).toEqual([422, ['name']]);
    }
  });

  it.each(['株式会社\u3000東京', 'Société\u00a0Générale', 'می\u200cخواهم', 'Love ❤️'])('%j / accepts it', async (name) => {
    expect((await gateway.call('POST', '/companies', { name })).body.data.name).toBe(name);
  });
});

describe('when a stored value breaks the rules for new ones', () => {
  it("and it is a contact's email / the whole contact can be sent back unchanged, and the upsert finds it", async () => {
    const { id } = await gateway.createContact({ email: address() });
    const stored = `o\u200bld${++unique}@x.io`;
    await gateway.sql.query('update contact set email = $2, email_key = $3 where id = $1', [id, stored, loginEmailKey(stored)]);
    const { data } = (await gateway.call('GET', `/contacts/${id}`)).body;
    const back = await gateway.update(id, data);
    expect([back.status, back.body.data]).toEqual([200, data]);
    expect((await gateway.update(id, { email: stored, password: 'correct horse' })).status).toBe(200);
    expect((await gateway.call('PATCH', '/contacts', { email: stored, last_name: 'B' })).status).toBe(200);
    expect((await gateway.update(id, { email: `o\u200bther${unique}@x.io` })).status).toBe(422);
  });

  it('and it is a tag / contacts and companies accept it', async () => {
    const name = `o\u200bld${++unique}`;
    await gateway.sql.query('insert into tag (name_key, name) values ($1, $1)', [name]);
    const { id } = await gateway.createContact({ email: address() });
    const company = await gateway.createCompany();
    expect((await gateway.update(id, { tags: [name] })).body.data.tags[0].name).toBe(name);
    expect((await gateway.call('PUT', `/companies/${company}/tags`, { tags: [name] })).status).toBe(200);
  });

  it("and it is a company's name / the whole company can be sent back unchanged", async () => {
    const id = await gateway.createCompany();
    await gateway.sql.query('update company set name = $2 where id = $1', [id, 'O\u200bld']);
    const { data } = (await gateway.call('GET', `/companies/${id}`)).body;
    const back = await gateway.call('POST', `/companies/${id}`, data);
    expect([back.status, back.body.data]).toEqual([200, data]);
  });
});

describe('when an invalid email comes with a password', () => {
  it.each(['not an email', 'a\u200b@x.io'])('%j / answers 422 on email alone', async (email) => {
    const { body } = await gateway.call('POST', '/contacts', {
      first_name: 'A',
      company_id: await gateway.createCompany(),
      email,
      password: 'correct horse',
    });
    expect(Object.keys(body.errors)).toEqual(['email']);
    const { id } = await gateway.createContact({ email: null });
    expect(Object.keys((await gateway.update(id, { email, password: 'correct horse' })).body.errors)).toEqual(['email']);
    expect(Object.keys((await gateway.update(id, { email, password: 'x' })).body.errors)).toEqual(['email', 'password']);
  });
});

describe('when a list is filtered by text', () => {
  const found = async (query: Record<string, string>) => {
    const { status, body } = await gateway.call('GET', `/contacts?${new URLSearchParams(query).toString()}`);
    expect(status).toBe(200);
    return body.data.map((contact: any) => contact.id);
  };

  it('by an email / matches as login emails do: by IDNA, Unicode form and case', async () => {
    const n = ++unique;
    const sharp = (await gateway.createContact({ email: `straße${n}@exämple.de` })).id;
    const plain = (await gateway.createContact({ email: `strasse${n}@exämple.de` })).id;
    const decomposed = (await gateway.createContact({ email: `jose\u0301${n}@x.io` })).id;
    expect(await found({ 'email[eq]': `strasse${n}@xn--exmple-cua.de` })).toEqual([plain]);
    expect(await found({ 'email[eq]': `STRAßE${n}@EXÄMPLE.de` })).toEqual([sharp]);
    expect(await found({ email: `josé${n}@X.IO` })).toEqual([decomposed]);
    for (const suffix of ['/y', '?y', '#y']) expect(await found({ email: `josé${n}@x.io${suffix}` })).toEqual([]);
    expect(await found({ 'email[in]': `josé${n}@x.io,straße${n}@exa\u0308mple.de` })).toEqual([sharp, decomposed]);
    expect(await found({ 'email[neq]': `josé${n}@x.io`, 'email[contains]': `${n}@` })).toEqual([sharp, plain]);
    expect(await found({ 'email[notin]': `jose\u0301${n}@x.io,strasse${n}@exämple.de`, 'email[contains]': `${n}@` })).toEqual([
      sharp,
    ]);
  });

  it.each([
    ['composed', 'é', 'e\u0301'],
    ['decomposed', 'e\u0301', 'é'],
  ])('by a name stored %s / finds it in the other form', async (_, stored, asked) => {
    const n = `n${++unique}x`;
    const { id } = await gateway.createContact({ first_name: `Ren${stored}${n}`, last_name: `B${stored}${n}` });
    for (const query of [
      { 'first_name[eq]': `ren${asked}${n}` },
      { 'first_name[in]': `x,REN${asked}${n}` },
      { 'first_name[contains]': `${asked}${n}` },
      { 'full_name[contains]': `ren${asked}${n} b` },
      { 'last_name[eq]': `B${asked}${n}` },
    ])
      expect([query, await found(query as never)]).toEqual([query, [id]]);
    expect(await found({ 'first_name[neq]': `ren${asked}${n}`, 'last_name[contains]': n })).toEqual([]);
  });

  it('by a copied value with invisible characters / finds the value that looks the same', async () => {
    const n = ++unique;
    const { id } = await gateway.createContact({ first_name: `Ada${n}`, email: `ada${n}@x.io`, tags: [`vip${n}`] });
    for (const query of [{ email: `ada${n}@x.io\u200b` }, { 'first_name[eq]': `\u2060Ada${n}` }, { tags: `vip\u00ad${n}` }])
      expect([query, await found(query as never)]).toEqual([query, [id]]);
    for (const query of [
      { status: 'ac\u200btive' },
      { status: 'active \u200b' },
      { 'status[in]': 'x,active\u2060' },
      { 'status[contains]': 'C\u00adT' },
    ])
      expect([query, await found({ id, ...query })]).toEqual([query, [id]]);
    expect(await found({ id, 'first_name[contains]': `DA${n}\u200b` })).toEqual([id]);
    // A blank is a part of a search, also beside what cannot be seen.
    expect(await found({ id, 'first_name[contains]': `DA${n} \u200b` })).toEqual([]);
    // What has nothing visible is no part of every text.
    expect(await found({ id, 'first_name[contains]': '\u200b' })).toEqual([]);
    for (const operator of ['neq', 'notin', 'notcontains'])
      expect([operator, await found({ id, [`status[${operator}]`]: 'ac\u200btive' })]).toEqual([operator, []]);
  });
});
