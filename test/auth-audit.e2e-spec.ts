import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '#app/system/testing';
import type { RepeatedWork } from '#app/timing';
import { SignInAudit } from '../apps/auth/src/audit/sign-in-audit.js';
import { PasswordVerifier } from '../apps/auth/src/portal-sessions/password.verifier.js';
import { startTool } from '../apps/events/src/tool.fixtures.js';
import { gate } from './gate.js';
import { TestGateway } from './gateway.harness.js';
import { AuthWorld, OPERATOR_TOKEN, type RunningAuth } from './auth.harness.js';

const PASSWORD = 'the right password';

let world: AuthWorld;
let auth: RunningAuth;
let contactId: number;
let unique = 0;

beforeAll(async () => {
  world = await AuthWorld.create(1);
  auth = await world.start({ TRUST_PROXY: '1', LOGIN_ATTEMPTS_PER_EMAIL_AND_ADDRESS: '3', LOGIN_ATTEMPTS_PER_ADDRESS: '10000' });
  const login = world.newLogin();
  await world.publish(await login.created('owner@example.com', PASSWORD));
  await auth.reaches(login.contactId, 1);
  contactId = login.contactId;
  // What the app writes by itself in the middle of a test would be two rows there, in place of one.
  await (audit() as unknown as { writing: RepeatedWork }).writing.stop();
});
afterAll(() => world.close());

const signIn = (address: string, email: string, password = 'wrong password') =>
  auth.call('POST', '/portal/sessions', { email, password }, { 'x-forwarded-for': address });

const list = (query = '', token = OPERATOR_TOKEN, address = '192.0.2.99') =>
  auth.callUntilAnswered('GET', `/audit${query}`, undefined, { authorization: `Bearer ${token}`, 'x-forwarded-for': address });

const audit = (): SignInAudit => auth.app.get(SignInAudit, { strict: false });
/** Writes at once what the app writes once a minute. */
const written = (): Promise<void> => audit().write();

describe('GET /audit', () => {
  it('when sign-ins fail or are blocked / lists one row for each login, address and outcome', async () => {
    const address = `192.0.2.${++unique}`;
    for (let n = 0; n < 5; n++) await signIn(address, 'owner@example.com');
    expect((await signIn(address, 'owner@example.com', PASSWORD)).status).toBe(429);
    await written();
    const { status, body } = await list(`?target=contact:${contactId}&per_page=5`);
    expect(status).toBe(200);
    const time = expect.stringMatching(/^\d{4}-.*Z$/);
    const entry = (action: string, attempts: number) => ({
      id: expect.any(Number),
      at: time,
      actor: null,
      action,
      target: `contact:${contactId}`,
      request_id: null,
      details: { address, attempts, first_at: time, last_at: time },
    });
    expect(body.data).toEqual([entry('sign_in.blocked', 3), entry('sign_in.failed', 3)]);
    expect(Object.keys(body.data[0])).toEqual(['id', 'at', 'actor', 'action', 'target', 'request_id', 'details']);
    expect(body.meta).toEqual({ current_page: 1, from: 1, last_page: 1, per_page: 5, to: 2, total: 2 });
  });

  it('when a login loses its email to another before the row is written / the row names the login that was tried', async () => {
    const [tried, next] = [world.newLogin(), world.newLogin()];
    await world.publish(await tried.created('moved@example.com', PASSWORD));
    await auth.reaches(tried.contactId, 1);
    const address = `192.0.2.${++unique}`;
    await signIn(address, 'moved@example.com');
    await world.publish(...tried.removed(), await next.created('moved@example.com', PASSWORD));
    await Promise.all([auth.reaches(tried.contactId, 2), auth.reaches(next.contactId, 1)]);
    await signIn(address, 'moved@example.com');
    await written();
    const { body } = await list('?action=sign_in.failed&per_page=2');
    const rowOf = ({ contactId: id }: { contactId: number }) => [`contact:${id}`, address, 1];
    expect(body.data.map(({ target, details }: any) => [target, details.address, details.attempts])).toEqual([
      rowOf(next),
      rowOf(tried),
    ]);
  });

  it('when the email has no login / shows a keyed hash, and no row has an email', async () => {
    await signIn(`192.0.2.${++unique}`, 'nobody@example.com');
    await signIn(`192.0.2.${++unique}`, 'a\0b');
    await written();
    const { body } = await list('?action=sign_in.failed&limit=2');
    expect(body.data.map(({ target }: { target: string }) => target)).toEqual(
      Array(2).fill(expect.stringMatching(/^email:[\w-]{43}$/)),
    );
    const { rows } = await world.sql.query('select audit_entry::text from audit_entry');
    expect(JSON.stringify(rows)).not.toMatch(/@|example/);
  });

  it('when a row comes while pages are read / the total is that of the rows', async () => {
    const totalOf = async (target: string) => {
      const { body } = await list(`?target=${target}&per_page=100`);
      return [body.meta.total, body.data.length];
    };
    const insert = `insert into audit_entry (at, action, target, details) values (now(), 'sign_in.failed', 'contact:${++unique}', '{}')`;
    const pages = Array.from({ length: 200 }, () => totalOf(`contact:${unique}`));
    for (let n = 0; n < 90; n++) await world.sql.query(insert);
    for (const [total, rows] of await Promise.all(pages)) expect(total).toBe(rows);
    const { body } = await list(`?target=contact:${unique}&page=1000`);
    expect([body.meta.total, body.data]).toEqual([90, []]);
  });

  it('when a sign-in succeeds / writes no row', async () => {
    const before = (await list()).body.meta.total;
    expect((await signIn(`192.0.2.${++unique}`, 'owner@example.com', PASSWORD)).status).toBe(201);
    await written();
    expect((await list()).body.meta.total).toBe(before);
  });

  it('when more than a thousand emails and addresses are tried in a minute / the rest share one row', async () => {
    for (let n = 0; n < 1_500; n++)
      audit().note({ outcome: 'failed', emailKey: `x${n}@x.io`, emailHash: `hash-${n}`, address: '203.0.113.9' });
    const before = (await list()).body.meta.total;
    await written();
    const { body } = await list('?per_page=1');
    expect(body.meta.total - before).toBe(1_001);
    expect(body.data[0]).toMatchObject({ action: 'sign_in.others', target: 'others', details: { failed: 500, blocked: 0 } });
  });

  it('when entries cannot be written / the row for the rest has their number as soon as it can be', async () => {
    await written();
    for (const outcome of ['failed', 'failed', 'blocked'] as const)
      audit().note({ outcome, emailKey: 'lost@x.io', emailHash: 'hash-lost', address: '203.0.113.10' });
    await world.sql.query('alter table audit_entry rename to elsewhere');
    await written();
    await world.sql.query('alter table elsewhere rename to audit_entry');
    await written();
    const { body } = await list('?per_page=1');
    expect(body.data[0]).toMatchObject({ action: 'sign_in.others', target: 'others', details: { failed: 2, blocked: 1 } });
  });

  it.each([
    '?page=0',
    '?per_page=101',
    '?sort=action',
    '?details=x',
    '?action[contains]=x',
    '?page=1&page=2',
    '?limit=5&per_page=6',
    '?__proto__=x',
    '?__proto__=1&__proto__=2',
  ])('when the query is %s / answers 422', async (query) => expect((await list(query)).status).toBe(422));

  it.each([
    ['?actor=%00', { actor: ['must not contain control characters'] }],
    ['?action=a&action[eq]=b', { 'action[eq]': ['must be given once'] }],
    ['?action[neq]=%00', { 'action[neq]': ['is not a known filter'] }],
  ])('when the query is %s / the error says what is wrong', async (query, errors) =>
    expect((await list(query)).body.errors).toEqual(errors),
  );

  it('when the operator token is missing / answers 401, and 429 after a hundred wrong tokens from an address, on each route', async () => {
    expect((await auth.call('GET', '/audit')).status).toBe(401);
    // Several at once: on a busy machine a hundred one after the other can take longer than their minute.
    for (let sent = 0; sent < 100; sent += 10) {
      const wrong = Array.from({ length: 10 }, (_, n) => list('', `wrong-token-${sent + n}`, '198.51.100.1'));
      expect((await Promise.all(wrong)).map(({ status }) => status)).toEqual(Array(10).fill(401));
    }
    expect((await list('', 'wrong-token-100', '198.51.100.1')).status).toBe(429);
    const refused = await list('', 'wrong-token', '198.51.100.1');
    expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_unknown_tokens' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await list('', OPERATOR_TOKEN, '198.51.100.1')).status).toBe(200);
    expect((await list('', 'wrong-token', '198.51.100.2')).status).toBe(401);
    const headers = { authorization: 'Bearer wrong-token', 'x-forwarded-for': '198.51.100.1' };
    expect((await auth.call('GET', '/portal/logins/1', undefined, headers)).status).toBe(429);
  });
});

describe('an auth app that ends', () => {
  it('when a sign-in fails after listening has ended / its row is written', async () => {
    const ending = await world.start();
    const { reached, open, pass } = gate();
    const matches = jest.spyOn(PasswordVerifier.prototype, 'matches').mockImplementation(() => pass().then(() => false));
    const answer = ending.signIn('late@example.com', 'wrong password');
    await reached;
    const stopped = world.stop(ending);
    await eventually(() => expect(ending.app.getHttpServer().listening).toBe(false));
    const lastRow = 'select id, action from audit_entry order by id desc limit 1';
    const [before] = (await world.sql.query(lastRow)).rows;
    open();
    expect((await answer).status).toBe(401);
    ending.app.getHttpServer().closeIdleConnections();
    await stopped;
    matches.mockRestore();
    const [after] = (await world.sql.query(lastRow)).rows;
    expect(after).toMatchObject({ action: 'sign_in.failed' });
    expect(after).not.toEqual(before);
  });
});

describe('events audit', () => {
  it('when filters are given / prints the entries of both apps that match, without an email', async () => {
    const gateway = await TestGateway.start();
    await signIn('192.0.2.77', 'owner@example.com');
    await written();
    const settings = { GATEWAY_DATABASE_URL: gateway.databaseUrl, AUTH_DATABASE_URL: world.database.url };
    const { code, out } = await startTool(settings, ['audit', '--since', '1h', '--action', 'sign_in.failed']).ended;
    expect(code).toBe(0);
    expect(out).toContain(`contact:${contactId}`);
    expect(out).not.toContain('owner@example.com');
    const json = await startTool(settings, ['audit', '--target', `contact:${contactId}`, '--json']).ended;
    const entries = json.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(entries).toContainEqual(expect.objectContaining({ app: 'auth', action: 'sign_in.failed' }));
    await gateway.stop();
  });
});
