import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { offlineDocument } from '../apps/gateway/src/offline-document.js';
import { TestGateway, TOKEN } from './gateway.harness.js';
import { Judge } from './openapi.judge.js';
import { Described } from './openapi.requests.js';
import { describeRandomRequests } from './openapi.rounds.js';

let gateway: TestGateway;
const document = await offlineDocument();
const described = new Described(document);
const judge = new Judge(document);

beforeAll(async () => {
  gateway = await TestGateway.start({ API_RATE_LIMIT: '1000000' });
  for (let n = 0; n < 6; n++) await gateway.createContact({ first_name: `Contact ${n}`, email: `contact.${n}@acme.example` });
  for (let n = 0; n < 3; n++) await gateway.call('POST', '/tokens', { name: `Token ${n}`, scopes: ['contacts:read'] });
});
afterAll(() => gateway?.stop());

describeRandomRequests('random requests from the OpenAPI document', {
  described,
  judge,
  urlOf: (path) => `${gateway.url}${path}`,
  tokenFor: () => TOKEN,
});

describe('the check of an answer against the OpenAPI document', () => {
  const operation = described.operations().find(({ id }) => id === 'getContact')!;
  const judged = (status: number, body: unknown, headers: Record<string, string> = {}) => {
    const text = JSON.stringify(body);
    return judge.defects(
      operation,
      new Response(text, { status, headers: { 'content-type': 'application/json', ...headers } }),
      text,
    );
  };
  const refusal = { message: 'Contact not found.', code: 'contact_not_found' };

  it('when the answer is documented / passes', () => {
    expect(judged(404, refusal, { 'x-request-id': 'a' })).toEqual([]);
  });

  it.each<[string, () => string[]]>([
    ['a status that is not documented', () => judged(418, refusal)],
    ['a server error', () => judged(503, { message: 'Away.', code: 'timed_out' })],
    ['another code', () => judged(404, { ...refusal, code: 'gone' })],
    ['a member too many', () => judged(404, { ...refusal, stack: 'at …' })],
    ['a member too few', () => judged(404, { code: 'contact_not_found' })],
    ['a header that is not documented', () => judged(404, refusal, { 'x-powered-by': 'a' })],
    ['a header in another form', () => judged(404, refusal, { 'x-ratelimit-limit': 'many' })],
    ['another content type', () => judged(404, refusal, { 'content-type': 'text/html' })],
  ])('when the answer has %s / reports it', (_what, defects) => {
    expect(defects()).not.toEqual([]);
  });
});
