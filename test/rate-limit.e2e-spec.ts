import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestGateway, type Answer } from './gateway.harness.js';

const LIMIT = 5;
const HEADERS = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'ratelimit-policy', 'ratelimit'];

let gateway: TestGateway;
let replica: TestGateway;
let unlimited: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start({ API_RATE_LIMIT: String(LIMIT) });
  const shared = { GATEWAY_DATABASE_URL: gateway.databaseUrl, TOPIC_PREFIX: gateway.topicPrefix };
  replica = await TestGateway.start({ ...shared, API_RATE_LIMIT: String(LIMIT) });
  unlimited = await TestGateway.start({ ...shared, API_RATE_LIMIT: '0' });
});
afterAll(async () => {
  await unlimited?.stop();
  await replica?.stop();
  await gateway?.stop();
});

/** A caller with its own quota. */
type Ask = (at: TestGateway, method?: string, path?: string, body?: string) => Promise<Answer>;

async function newCaller(scopes = ['contacts:read', 'contacts:write']): Promise<Ask> {
  const { body } = await unlimited.call('POST', '/tokens', { name: randomBytes(4).toString('hex'), scopes });
  const authorization = `Bearer ${body.data.token as string}`;
  return (at, method = 'GET', path = '/contacts/1', sent) => at.call(method, path, sent, { authorization });
}

/** Windows are the clock's minutes: a scenario that spans two of them runs again, with another caller. */
async function inOneWindow(scenario: (ask: Ask) => Promise<void>, scopes?: string[]): Promise<void> {
  const minute = async () => (await gateway.sql.query(`select date_trunc('minute', clock_timestamp())::text as at`)).rows[0].at;
  const before = await minute();
  const failure = await scenario(await newCaller(scopes)).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (!failure) return;
  if ((await minute()) === before) throw failure.error;
  await scenario(await newCaller(scopes));
}

const remaining = ({ headers }: Answer) => headers.get('x-ratelimit-remaining');

describe('a caller below the rate limit', () => {
  it('when it sends requests / each answer has the remaining quota, one less each time', () =>
    inOneWindow(async (ask) => {
      const { status, headers } = await ask(gateway);
      expect(status).toBe(404);
      expect(headers.get('x-ratelimit-limit')).toBe('5');
      expect(headers.get('x-ratelimit-remaining')).toBe('4');
      expect(headers.get('ratelimit-policy')).toBe('"default";q=5;w=60');
      expect(headers.get('ratelimit')).toMatch(/^"default";r=4;t=([1-9]|[1-5]\d|60)$/);
      expect(remaining(await ask(gateway, 'POST', '/contacts', '{}'))).toBe('3');
      expect(remaining(await ask(gateway, 'POST', '/contacts', '{'))).toBe('2');
      expect(remaining(await ask(gateway, 'GET', '/companies/1'))).toBe('1');
    }));
});

describe('a caller over the rate limit', () => {
  it('when it sends a request / answers 429 with Retry-After before scope and body are checked', () =>
    inOneWindow(async (ask) => {
      for (let request = 0; request < LIMIT; request++) expect((await ask(gateway, 'POST', '/companies', '{}')).status).toBe(403);
      const { status, headers, body } = await ask(gateway, 'POST', '/companies', '{');
      expect([status, body.code]).toEqual([429, 'rate_limited']);
      expect(headers.get('retry-after')).toMatch(/^([1-9]|[1-5]\d|60)$/);
      expect(headers.get('ratelimit')).toBe(`"default";r=0;t=${headers.get('retry-after')}`);
      expect(headers.get('x-ratelimit-remaining')).toBe('0');
    }));

  it('when another caller sends a request / serves it', () =>
    inOneWindow(async (ask) => {
      for (let request = 0; request <= LIMIT; request++) await ask(gateway);
      expect((await ask(gateway)).status).toBe(429);
      expect((await (await newCaller())(gateway)).status).toBe(404);
    }));

  it('when the next window begins / serves the caller again', () =>
    inOneWindow(async (ask) => {
      for (let request = 0; request <= LIMIT; request++) await ask(replica);
      expect((await ask(replica)).status).toBe(429);
      await gateway.sql.query(`update token_quota set window_start = window_start - interval '1 minute'`);
      // This replica has no memory of the former window.
      expect((await ask(gateway)).status).toBe(404);
    }));
});

describe('the metrics of the rate limit', () => {
  it('when a request is refused / count it under its reason alone', () =>
    inOneWindow(async (ask) => {
      const refused = (reason: string) => gateway.metric(`rate_limited_requests_total{reason="${reason}"}`);
      const before = await refused('rate_limited');
      for (let request = 0; request < LIMIT + 2; request++) await ask(gateway);
      expect((await refused('rate_limited')) - before).toBe(2);
      expect(await refused('too_many_lists')).toBe(0);
    }));
});

describe('a burst over the rate limit', () => {
  it('when it is spread over two replicas / exactly the limit is served', () =>
    inOneWindow(async (ask) => {
      const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => ask(index % 2 ? gateway : replica)));
      expect(answers.filter(({ status }) => status === 404)).toHaveLength(LIMIT);
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(40 - LIMIT);
    }));
});

describe('replicas that are called in turn', () => {
  it('when a caller uses them / they share one quota', () =>
    inOneWindow(async (ask) => {
      const statuses: number[] = [];
      for (let request = 0; request < LIMIT + 2; request++) statuses.push((await ask(request % 2 ? gateway : replica)).status);
      expect(statuses).toEqual([404, 404, 404, 404, 404, 429, 429]);
    }));
});

describe('answers without a quota', () => {
  const limitHeaders = ({ headers }: Answer) => HEADERS.filter((name) => headers.has(name));

  it('when the token is invalid or the route is unknown / have no quota headers', async () => {
    const nobody = await gateway.call('GET', '/contacts/1', undefined, { authorization: 'Bearer nobody' });
    expect([nobody.status, limitHeaders(nobody)]).toEqual([401, []]);
    const nothing = await gateway.call('GET', '/nothing/here');
    expect([nothing.status, limitHeaders(nothing)]).toEqual([404, []]);
    const method = await gateway.call('PUT', '/contacts/1', {});
    expect([method.status, limitHeaders(method)]).toEqual([405, []]);
  });

  it('when the limit is off / have no quota headers', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => unlimited.call('GET', '/contacts/1')));
    expect(answers.map((answer) => [answer.status, limitHeaders(answer)])).toEqual(answers.map(() => [404, []]));
  });
});

/** The head of the answer to an update, line by line; numbers that differ from run to run are replaced. */
async function headOf(id: string, body: string, headers: Record<string, string>): Promise<string[]> {
  const sent = request(`${gateway.url}/external/api/v1/contacts/${id}`, { method: 'POST', headers });
  const [answer] = (await once(sent.end(body), 'response')) as [IncomingMessage];
  answer.resume();
  const lines = answer.rawHeaders.flatMap((name, index, all) => (index % 2 === 0 ? [`${name}: ${all[index + 1]}`] : []));
  const replaced = lines.map((line) =>
    line
      .replace(/^(content-length|Date): .*/, '$1')
      .replace(/(;r=|remaining: )\d+/, '$1n')
      .replace(/;t=\d+$/, ';t=n'),
  );
  return [String(answer.statusCode), ...replaced];
}

describe('the head of the answer to an update', () => {
  const edge = ['x-request-id: order-7', 'x-content-type-options: nosniff', 'cache-control: no-store', 'x-frame-options: DENY'];
  const quota = [
    'x-ratelimit-limit: 5',
    'x-ratelimit-remaining: n',
    'ratelimit-policy: "default";q=5;w=60',
    'ratelimit: "default";r=n;t=n',
  ];
  const json = 'content-type: application/json; charset=utf-8';
  const end = ['content-length', 'Date', 'Connection: close'];

  it('when it is made, invalid, of an unknown contact or of an unknown caller / has these lines in this order', async () => {
    const { body } = await unlimited.call('POST', '/tokens', { name: 'heads', scopes: ['contacts:write'] });
    const { id } = await unlimited.createContact();
    const plain = { 'content-type': 'application/json', 'x-request-id': 'order-7', connection: 'close' };
    const headers = { ...plain, authorization: `Bearer ${body.data.token as string}` };
    expect(await headOf(id, '{"first_name":"Ann"}', headers)).toEqual(['200', ...edge, ...quota, 'etag: "2"', json, ...end]);
    expect(await headOf(id, '{"first_name":1}', headers)).toEqual(['422', ...edge, ...quota, json, ...end]);
    expect(await headOf('99999999', '{}', headers)).toEqual(['404', ...edge, ...quota, json, ...end]);
    expect(await headOf(id, '{}', plain)).toEqual(['401', ...edge, 'www-authenticate: Bearer', json, ...end]);
  });
});
