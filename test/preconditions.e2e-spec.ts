import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestGateway, type Answer } from './gateway.harness.js';

let gateway: TestGateway;
let unique = 0;
const address = () => `conditional${++unique}@example.com`;

beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway?.stop());

type Headers = Record<string, string>;
type Send = (contact: { id: string; email: string }, headers: Headers) => Promise<Answer>;

/** Every write of one existing contact; each changes something. */
const WRITES: [string, Send][] = [
  ['POST /contacts/{id}', ({ id }, headers) => gateway.update(id, { last_name: `N${++unique}` }, headers)],
  ['PATCH /contacts/{id}', ({ id }, headers) => gateway.call('PATCH', `/contacts/${id}`, { last_name: `N${++unique}` }, headers)],
  ['PATCH /contacts', ({ email }, headers) => gateway.call('PATCH', '/contacts', { email, last_name: `N${++unique}` }, headers)],
  [
    'POST /contacts/{id}/b2b-portal-password',
    ({ id }, headers) => gateway.call('POST', `/contacts/${id}/b2b-portal-password`, { password: 'correct horse' }, headers),
  ],
  [
    'POST /contacts/{id}/password',
    ({ id }, headers) => gateway.call('POST', `/contacts/${id}/password`, { password: 'correct horse' }, headers),
  ],
  ['DELETE /contacts/{id}/password', ({ id }, headers) => gateway.call('DELETE', `/contacts/${id}/password`, undefined, headers)],
  [
    'an update that moves the contact',
    async ({ id }, headers) => gateway.update(id, { company_id: await gateway.createCompany() }, headers),
  ],
  ['DELETE /contacts/{id}', ({ id }, headers) => gateway.call('DELETE', `/contacts/${id}`, undefined, headers)],
];

const aContact = async (): Promise<{ id: string; email: string }> => {
  const email = address();
  return { id: (await gateway.createContact({ email })).id, email };
};
const stateOf = async (id: string) => (await gateway.call('GET', `/contacts/${id}`)).body.data;

describe.each(WRITES)('when %s has a precondition', (_, send) => {
  it.each([
    ['If-None-Match', '*'],
    ['If-None-Match', '"1"'],
    ['If-None-Match', 'W/"1"'],
    ['If-None-Match', '"9", W/"1"'],
    ['If-Match', '"2"'],
    ['If-Match', 'W/"1"'],
  ])('and %s: %s does not hold / answers 412 and changes nothing', async (name, value) => {
    const contact = await aContact();
    const before = await stateOf(contact.id);
    const { status, body } = await send(contact, { [name]: value });
    expect([status, body.code]).toEqual([412, 'version_mismatch']);
    expect(await stateOf(contact.id)).toEqual(before);
  });

  it.each([[{ 'If-None-Match': '"2"' }], [{ 'If-Match': '*' }], [{ 'If-Match': '"1"', 'If-None-Match': '"2"' }]])(
    'and %j holds / makes the write',
    async (headers) => {
      expect((await send(await aContact(), headers as Headers)).status).toBe(200);
    },
  );

  it('and one of two headers does not hold / answers 412', async () => {
    expect((await send(await aContact(), { 'If-Match': '"1"', 'If-None-Match': '"1"' })).status).toBe(412);
  });

  it('and the header is unreadable / answers 400 that names it', async () => {
    const { status, body } = await send(await aContact(), { 'If-None-Match': 'seven' });
    expect([status, body.code]).toEqual([400, 'malformed_header']);
    expect(body.message).toContain('If-None-Match');
  });
});

describe('when a precondition is unreadable', () => {
  it.each([
    ['POST', '/contacts/abc'],
    ['PATCH', '/contacts/999999999'],
    ['DELETE', '/contacts/abc'],
    ['GET', '/contacts/abc'],
    ['GET', '/companies/abc'],
    ['POST', '/companies/abc'],
    ['DELETE', '/companies/abc/tags/x'],
  ])('and %s %s names what does not exist / answers 400', async (method, path) => {
    const { status } = await gateway.call(method, path, undefined, { 'If-None-Match': 'seven' });
    expect(status).toBe(400);
  });

  it('and the Idempotency-Key belongs to another request / answers 400', async () => {
    const { id } = await aContact();
    const key = { 'Idempotency-Key': `unreadable-${++unique}` };
    expect((await gateway.update(id, { last_name: 'A' }, key)).status).toBe(200);
    expect((await gateway.update(id, { last_name: 'B' }, { ...key, 'If-Match': 'seven' })).status).toBe(400);
  });
});

describe('when an upsert has If-None-Match', () => {
  it('of * and no contact has the email / creates one, and only once', async () => {
    const body = { email: address(), first_name: 'A', company_id: await gateway.createCompany() };
    const upsert = () => gateway.callUntilAnswered('PATCH', '/contacts', body, { 'If-None-Match': '*' });
    const statuses = await Promise.all([upsert(), upsert(), upsert()]).then((answers) => answers.map(({ status }) => status));
    expect(statuses.sort()).toEqual([201, 412, 412]);
  });

  it('of a version and no contact has the email / creates one', async () => {
    const body = { email: address(), first_name: 'A', company_id: await gateway.createCompany() };
    expect((await gateway.call('PATCH', '/contacts', body, { 'If-None-Match': '"1"' })).status).toBe(201);
  });
});

describe('when an item of a batch has if_none_match', () => {
  it("and one item's does not hold / answers 412 for it, and serves the others", async () => {
    const { id } = await aContact();
    const item = (if_none_match: unknown) => ({ id, last_name: `N${++unique}`, if_none_match });
    const items = [item('*'), item('"1"'), item('"7"'), item('seven'), item(1), { ...item(null), if_match: '"2"' }];
    const { body } = await gateway.call('POST', '/contacts/batch', { items });
    expect(body.data.map((each: any) => each.status)).toEqual([412, 412, 200, 422, 422, 200]);
    expect(Object.keys(body.data[3].errors)).toEqual(['if_none_match']);
  });
});

/** Every write of one existing company. */
const COMPANY_WRITES: [string, (id: number, headers: Headers) => Promise<Answer>][] = [
  ['POST /companies/{id}', (id, headers) => gateway.call('POST', `/companies/${id}`, { city: `C${++unique}` }, headers)],
  ['POST tags', (id, headers) => gateway.call('POST', `/companies/${id}/tags`, { tags: [`t${++unique}`] }, headers)],
  ['PUT tags', (id, headers) => gateway.call('PUT', `/companies/${id}/tags`, { tags: [`t${++unique}`] }, headers)],
  ['DELETE a tag', (id, headers) => gateway.call('DELETE', `/companies/${id}/tags/first`, undefined, headers)],
  ['DELETE /companies/{id}', (id, headers) => gateway.call('DELETE', `/companies/${id}`, undefined, headers)],
];
const aCompany = async (): Promise<number> =>
  (await gateway.call('POST', '/companies', { name: 'A', tags: ['first'] })).body.data.id;

describe.each(COMPANY_WRITES)('when %s of a company has a precondition', (_, send) => {
  it.each([
    ['If-None-Match', '*', 412],
    ['If-None-Match', 'W/"1"', 412],
    ['If-None-Match', '"2"', 200],
    ['If-Match', '"2"', 412],
    ['If-Match', 'W/"1"', 412],
    ['If-Match', '"1"', 200],
  ])('and it is %s: %s / answers %i', async (name, value, status) => {
    expect((await send(await aCompany(), { [name]: value })).status).toBe(status);
  });
});

describe('when a write has no version to match yet', () => {
  it.each([
    ['a creation', 'POST', '/contacts', { first_name: 'A' }],
    ['a company', 'POST', '/companies', { name: 'A' }],
    ['a batch', 'POST', '/contacts/batch', { items: [{ id: 1 }] }],
  ])('%s with If-Match or If-None-Match / answers 422 that names the header', async (_, method, path, body) => {
    for (const name of ['If-Match', 'If-None-Match']) {
      const { status, body: answer } = await gateway.call(method, path, body, { [name]: '*' });
      expect([status, Object.keys(answer.errors)]).toEqual([422, expect.arrayContaining([name])]);
    }
  });
});
