import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { offlineDocument } from '../apps/gateway/src/offline-document.js';
import { TestGateway, TOKEN } from './gateway.harness.js';
import { Judge } from './openapi.judge.js';
import { Described, type MadeRequest, type Operation } from './openapi.requests.js';

const REQUESTS_EACH = 16;

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

async function defectsOf(operation: Operation, { method, path, headers, body }: MadeRequest, accept = '*/*'): Promise<string[]> {
  const stop = new AbortController();
  const response = await fetch(`${gateway.url}${path}`, {
    method,
    signal: stop.signal,
    headers: { ...headers, accept, authorization: `Bearer ${TOKEN}` },
    ...(body === undefined ? {} : { body }),
  });
  // A stream has no end.
  const text = response.headers.get('content-type')?.startsWith('text/event-stream') ? '' : await response.text();
  stop.abort();
  return judge.defects(operation, response, text);
}

const operations = described.operations();

describe('random requests from the OpenAPI document', () => {
  it.each(operations.map((operation) => [operation.id, operation] as const))(
    'when %s gets them / answers as the document says',
    async (_id, operation) => {
      const accept = fc.constantFrom('*/*', '*/*', 'application/problem+json');
      await fc.assert(
        fc.asyncProperty(described.requests(operation), accept, async (request, type) => {
          expect(await defectsOf(operation, request, type)).toEqual([]);
        }),
        { numRuns: REQUESTS_EACH, endOnFailure: true },
      );
    },
  );
});

describe('the check of an answer against the OpenAPI document', () => {
  const operation = operations.find(({ id }) => id === 'getContact')!;
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
