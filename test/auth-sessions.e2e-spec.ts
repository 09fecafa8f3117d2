import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createHash } from 'node:crypto';
import { eventually } from '#app/system/testing';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT, generateKeyPair } from 'jose';
import { AttemptKeys } from '../apps/auth/src/portal-sessions/attempt-keys.js';
import { PasswordVerifier } from '../apps/auth/src/portal-sessions/password.verifier.js';
import { AuthWorld, type LoginEventBuilder, type RunningAuth } from './auth.harness.js';
import { around } from './faults/seams/around.js';

const PASSWORD = 'the right password';
/** A replica caches for a second that an email is refused; each attempt still counts for its address. */
const REMEMBERED = { everyMs: 600 };

/** Timers run on while a clock is wrong. */
const ALL_BUT_DATE = [
  ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const),
  ...(['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const),
];

let world: AuthWorld;
let auth: RunningAuth;
let login: LoginEventBuilder;

beforeAll(async () => {
  world = await AuthWorld.create();
  auth = await world.start({
    LOGIN_ATTEMPTS_PER_EMAIL_AND_ADDRESS: '1000',
    LOGIN_ATTEMPTS_PER_EMAIL: '1000',
    LOGIN_ATTEMPTS_PER_ADDRESS: '10000',
    TRUST_PROXY: '1',
  });
  login = world.newLogin();
  await world.publish(await login.created('ann@example.com', PASSWORD));
  await auth.reaches(login.contactId, 1);
});

afterAll(() => world.close());

describe('POST /portal/sessions', () => {
  it('when the password is wrong, or email or password have any other form / gives the same answer', async () => {
    const removed = world.newLogin();
    await world.publish(await removed.created('gone@example.com', PASSWORD), ...removed.removed());
    const displaced = world.newLogin();
    await world.publish(await displaced.created('lost@example.com', PASSWORD));
    await auth.reaches(displaced.contactId, 1);
    await world.sql.query(`update portal_login set email = null, email_key = null where contact_id = $1`, [displaced.contactId]);
    await auth.reaches(removed.contactId, 2);
    const attempts: [string, string][] = [
      ['ann@example.com', 'a wrong password'],
      ['ann@example.com', ''],
      ['ann@example.com', '\ud800'],
      ['ann@example.com', 'x'.repeat(100_000)],
      ['nobody@example.com', PASSWORD],
      ['gone@example.com', PASSWORD],
      ['lost@example.com', PASSWORD],
      ['', PASSWORD],
      ['not an email', PASSWORD],
      ['nul\0@example.com', PASSWORD],
      ['\ud800@example.com', PASSWORD],
      [`${'x'.repeat(100_000)}@example.com`, PASSWORD],
    ];
    const answers = new Set<string>();
    for (const [email, password] of attempts) {
      const { status, headers, body } = await auth.signIn(email, password);
      expect({ status, scheme: headers.get('www-authenticate'), body }).toEqual({
        status: 401,
        scheme: 'Bearer',
        body: { message: 'Email or password is wrong.', code: 'invalid_credentials' },
      });
      answers.add(JSON.stringify([...headers].filter(([name]) => !['date', 'x-request-id'].includes(name))));
    }
    expect(answers.size).toBe(1);
  });

  it.each([
    [{}, ['email', 'password']],
    [{ email: 1, password: 'x' }, ['email']],
    [{ email: 'ann@example.com', password: null }, ['password']],
    [{ email: ['ann@example.com'], password: {} }, ['email', 'password']],
    [[], ['email', 'password']],
  ])('when the body is %j / answers 422', async (body, fields) => {
    const answer = await auth.call('POST', '/portal/sessions', body);
    expect(answer.status).toBe(422);
    expect(Object.keys(answer.body.errors as object)).toEqual(fields);
  });

  it.each([
    ['malformed JSON', '{', { 'content-type': 'application/json' }, 400],
    ['a body that is no object', '"x"', { 'content-type': 'application/json' }, 400],
    ['bytes that are not UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), { 'content-type': 'application/json' }, 400],
    ['another content type', 'email=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['a body over 1 MiB', JSON.stringify({ email: 'x'.repeat(1_100_000) }), { 'content-type': 'application/json' }, 413],
  ])('when the request is %s / answers the status for it', async (_, body, headers, status) => {
    const answer = await auth.call('POST', '/portal/sessions', body, headers);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ message: expect.any(String), code: expect.any(String) });
    expect(answer.headers.get('x-request-id')).toMatch(/^[\x21-\x7e]{1,128}$/);
  });

  it('when the method is GET / answers 405; when the route is unknown / answers 404', async () => {
    const answer = await auth.call('GET', '/portal/sessions');
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
    expect((await auth.call('GET', '/portal/nothing')).status).toBe(404);
  });

  it('when an answer has personal data / it must not be cached, and no answer may be sniffed', async () => {
    const signedIn = await auth.signIn('ann@example.com', PASSWORD);
    const answers = [signedIn, await auth.me(signedIn.body.data.access_token as string), await auth.login(login.contactId)];
    for (const { status, headers } of answers)
      expect([status < 300, headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual([
        true,
        'no-store',
        'nosniff',
      ]);
    expect((await auth.call('GET', '/nowhere')).headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('when the caller sends a request id / answers with it', async () => {
    const answer = await auth.call('POST', '/portal/sessions', {}, { 'x-request-id': 'mine' });
    expect(answer.headers.get('x-request-id')).toBe('mine');
  });
});

describe('the access token of a portal session', () => {
  it('when it is verified with the published keys / it names its contact', async () => {
    const token = await auth.tokenOf('ann@example.com', PASSWORD);
    const keys = createRemoteJWKSet(new URL(`${auth.url}/.well-known/jwks.json`));
    const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer: 'contact-sync/auth', audience: 'portal' });
    expect(protectedHeader).toEqual({ alg: 'ES256', kid: 'sign-1', typ: 'at+jwt' });
    expect(payload).toMatchObject({ sub: String(login.contactId), contact_id: login.contactId, jti: expect.any(String) });
    expect(payload.exp! - payload.iat!).toBe(900);
  });

  it('when the keys are published / they have no private parts', async () => {
    const { body } = await auth.call('GET', '/.well-known/jwks.json');
    const coordinate = expect.stringMatching(/^[\w-]{43}$/);
    expect(body).toEqual({
      keys: [{ kty: 'EC', crv: 'P-256', x: coordinate, y: coordinate, kid: 'sign-1', alg: 'ES256', use: 'sig' }],
    });
  });

  it('when its session has signed out / it is refused, and other sessions of the login stay valid', async () => {
    const [ended, other] = [await auth.tokenOf('ann@example.com', PASSWORD), await auth.tokenOf('ann@example.com', PASSWORD)];
    const authorization = `Bearer ${ended}`;
    expect((await auth.call('DELETE', '/portal/sessions/current', undefined, { authorization })).status).toBe(204);
    expect((await auth.me(ended)).status).toBe(401);
    expect((await auth.call('DELETE', '/portal/sessions/current', undefined, { authorization })).status).toBe(401);
    expect(await auth.me(other)).toMatchObject({
      status: 200,
      body: { data: { contact_id: login.contactId, email: 'ann@example.com' } },
    });
  });

  it('when it is forged, altered, or signed with another algorithm / it is refused', async () => {
    const token = await auth.tokenOf('ann@example.com', PASSWORD);
    const { privateKey } = await generateKeyPair('ES256');
    const forged = await new SignJWT(decodeJwt(token))
      .setProtectedHeader({ ...decodeProtectedHeader(token), alg: 'ES256' })
      .sign(privateKey);
    const [, payload] = token.split('.');
    const unsigned = `${Buffer.from('{"alg":"none","typ":"at+jwt","kid":"sign-1"}').toString('base64url')}.${payload}.`;
    for (const bad of ['', 'x', 'a.b.c', forged, unsigned, `${token.slice(0, -3)}abc`]) {
      const answer = await auth.me(bad);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  it('when there is none, or one of another scheme / the answer says so, and nothing else of what is not valid', async () => {
    const said = async (headers: Record<string, string>): Promise<unknown> =>
      (await auth.call('GET', '/portal/me', undefined, headers)).body.message;
    expect(await said({})).toMatch(/has no Authorization header/);
    expect(await said({ authorization: 'Basic abc' })).toMatch(/must be "Bearer", a space and a token/);
    expect(await said({ authorization: 'Bearer a.b.c' })).toMatch(/unknown or expired, or its session has ended/);
  });

  it.each([
    ['malformed JSON', '{', {}, 400],
    ['another content type', 'x', { 'content-type': 'text/plain' }, 415],
    ['a body over 1 MiB', JSON.stringify({ x: 'x'.repeat(1_100_000) }), {}, 413],
  ])(
    'when a sign-out sends %s / answers 401 without it, and the status for the body with it',
    async (_, body, headers, status) => {
      const signOut = (authorization?: string) =>
        auth.call('DELETE', '/portal/sessions/current', body, { ...headers, ...(authorization && { authorization }) });
      expect((await signOut()).status).toBe(401);
      expect((await signOut('Bearer a.b.c')).status).toBe(401);
      expect((await signOut(`Bearer ${await auth.tokenOf('ann@example.com', PASSWORD)}`)).status).toBe(status);
    },
  );

  it.each([-20, 20])(
    'when the clock of the replica that made it is %i minutes off / it ends when its session does',
    async (minutes) => {
      jest.useFakeTimers({ now: Date.now() + minutes * 60_000, advanceTimers: true, doNotFake: ALL_BUT_DATE });
      const token = await auth.tokenOf('ann@example.com', PASSWORD).finally(() => jest.useRealTimers());
      const { iat, exp, jti } = decodeJwt(token);
      const { rows } = await world.sql.query<{ ends: number }>(
        'select floor(extract(epoch from expires_at))::int as ends from portal_session where jti = $1',
        [jti],
      );
      expect({ exp, iat }).toEqual({ exp: rows[0]!.ends, iat: rows[0]!.ends - 15 * 60 });
      expect((await auth.me(token)).status).toBe(200);
    },
  );

  it.each([-3_600_000, 3_600_000])(
    'when the clock of the process that reads it is %i ms off / it ends with its session, by the database’s clock',
    async (offset) => {
      const token = await auth.tokenOf('ann@example.com', PASSWORD);
      jest.useFakeTimers({ doNotFake: ALL_BUT_DATE, now: Date.now() + offset });
      try {
        expect((await auth.me(token)).status).toBe(200);
        await world.sql.query(`update portal_session set expires_at = now() where jti = $1`, [decodeJwt(token).jti]);
        expect((await auth.me(token)).status).toBe(401);
      } finally {
        jest.useRealTimers();
      }
    },
  );

  it('when it has expired / it is refused', async () => {
    const brief = await world.start({ ACCESS_TOKEN_TTL_SECONDS: '10' });
    const token = await brief.tokenOf('ann@example.com', PASSWORD);
    await world.sql.query(`update portal_session set expires_at = now() where jti = $1`, [decodeJwt(token).jti]);
    expect((await brief.me(token)).status).toBe(401);
    await world.stop(brief);
  });
});

describe('failed sign-ins', () => {
  let strict: RunningAuth;

  beforeAll(async () => {
    strict = await world.start({
      LOGIN_ATTEMPTS_PER_EMAIL_AND_ADDRESS: '3',
      LOGIN_ATTEMPTS_PER_ADDRESS: '8',
      LOGIN_ATTEMPTS_PER_EMAIL: '6',
      TRUST_PROXY: '1',
    });
  });

  const from = (address: string, email: string, password: string) =>
    strict.callUntilAnswered('POST', '/portal/sessions', { email, password }, { 'x-forwarded-for': address });

  const statusesOf = async (attempts: [address: string, email: string, password: string][]): Promise<number[]> => {
    const statuses: number[] = [];
    for (const attempt of attempts) statuses.push((await from(...attempt)).status);
    return statuses;
  };

  async function signableLogin(): Promise<LoginEventBuilder & { email: string }> {
    const story = world.newLogin();
    await world.publish(await story.created(`limit-${story.contactId}@example.com`, PASSWORD));
    await strict.reaches(story.contactId, 1);
    return story;
  }

  it('when those of one email from one address reach their limit / the right password is 429 from there, and 201 from elsewhere', async () => {
    const { email } = await signableLogin();
    for (let n = 0; n < 3; n++) expect((await from('192.0.2.1', email.toUpperCase(), 'wrong password')).status).toBe(401);
    // The second one is refused from memory.
    for (let n = 0; n < 2; n++) {
      const answer = await from('192.0.2.1', email, PASSWORD);
      expect(answer).toMatchObject({ status: 429, body: { code: 'too_many_attempts' } });
      const seconds = Number(answer.headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(840);
      expect(seconds).toBeLessThanOrEqual(900);
    }
    expect((await from('192.0.2.2', email, PASSWORD)).status).toBe(201);
  });

  it.each([
    ['an IPv4 address', '198.51.100.7', '::ffff:198.51.100.7', '198.51.100.8'],
    ['an IPv6 /64', '2001:db8::1', '2001:DB8:0:0:ffff::9', '2001:db8:0:1::1'],
  ])(
    'when those of %s reach their limit over all emails / it is refused in any notation, and another address is not',
    async (_, one, same, other) => {
      const wrong = Array.from(
        { length: 8 },
        (_, n) => [one, `nobody-${one}-${n}@example.com`, 'wrong password'] as [string, string, string],
      );
      expect(await statusesOf(wrong)).toEqual(Array(8).fill(401));
      expect((await from(same, 'someone@example.com', 'wrong password')).status).toBe(429);
      expect((await from(other, 'someone@example.com', 'wrong password')).status).toBe(401);
    },
  );

  it('when running sign-ins fill what failures leave of the limit of an address / it is 429 for a moment, and right ones are 201 again', async () => {
    const emails = [];
    for (let n = 0; n < 4; n++) emails.push((await signableLogin()).email);
    const address = '192.0.2.80';
    for (let n = 0; n < 6; n++) expect((await from(address, `nobody-80-${n}@example.com`, 'wrong password')).status).toBe(401);
    for (const { status, headers } of await Promise.all(emails.map((email) => from(address, email, PASSWORD))))
      expect([status, headers.get('retry-after')]).toEqual(status === 201 ? [201, null] : [429, '1']);
    for (const email of emails)
      await eventually(async () => expect((await from(address, email, PASSWORD)).status).toBe(201), REMEMBERED);
  });

  it('when those of one email reach their limit over all addresses / only addresses that the login knows are served', async () => {
    const { email } = await signableLogin();
    expect((await from('192.0.2.10', email, PASSWORD)).status).toBe(201);
    for (const address of ['192.0.2.11', '192.0.2.12', '192.0.2.13'])
      for (let n = 0; n < 2; n++) expect((await from(address, email, 'wrong password')).status).toBe(401);
    expect((await from('192.0.2.14', email, PASSWORD)).status).toBe(429);
    expect(
      await statusesOf([
        ['192.0.2.10', email, 'wrong password'],
        ['192.0.2.10', email, PASSWORD],
      ]),
    ).toEqual([401, 201]);
  });

  it('when the login signed in from an address more than 30 days ago / the address is refused like others', async () => {
    const { email, contactId } = await signableLogin();
    expect((await from('192.0.2.15', email, PASSWORD)).status).toBe(201);
    const { rows } = await world.sql.query<{ days: number }>(
      `update known_address set expires_at = expires_at - interval '30 days' where contact_id = $1
       returning round(extract(epoch from expires_at - clock_timestamp()) / 86400)::int + 30 as days`,
      [contactId],
    );
    expect(rows).toEqual([{ days: 30 }]);
    for (const address of ['192.0.2.16', '192.0.2.17', '192.0.2.18'])
      for (let n = 0; n < 2; n++) await from(address, email, 'wrong password');
    expect((await from('192.0.2.15', email, PASSWORD)).status).toBe(429);
  });

  it('when the limit of an email refuses one / it counts for the address; when the limit of the address refuses it / it does not count', async () => {
    const { email } = await signableLogin();
    const address = '192.0.2.40';
    const attempts = Array.from({ length: 8 }, () => [address, email, 'wrong password'] as [string, string, string]);
    expect(await statusesOf(attempts)).toEqual([401, 401, 401, 429, 429, 429, 429, 429]);
    await eventually(async () => expect((await from(address, 'someone-else@example.com', 'wrong password')).status).toBe(429));
    const { rows } = await world.sql.query<{ attempts: number }>(
      'select cardinality(attempted_at) as attempts from login_attempt where key = $1',
      [new AttemptKeys(world.env().secret).ofAddress(address)],
    );
    expect(rows).toEqual([{ attempts: 8 }]);
  });

  it('when a sign-in succeeds / the failures stay counted, and the success is not counted', async () => {
    const { email } = await signableLogin();
    for (const password of ['wrong', PASSWORD, PASSWORD, PASSWORD, PASSWORD, 'wrong', 'wrong']) {
      expect((await from('192.0.2.20', email, password)).status).toBe(password === PASSWORD ? 201 : 401);
    }
    expect((await from('192.0.2.20', email, PASSWORD)).status).toBe(429);
  });

  it('when the login gets a new password / those of its email are cleared, and those of the address are not', async () => {
    const login = await signableLogin();
    const { email } = login;
    for (const address of ['192.0.2.50', '192.0.2.51']) for (let n = 0; n < 3; n++) await from(address, email, 'wrong password');
    expect((await from('192.0.2.52', email, PASSWORD)).status).toBe(429);
    await world.publish(await login.newPassword('a new password'));
    await strict.reaches(login.contactId, 2);
    expect((await from('192.0.2.50', email, 'a new password')).status).toBe(201);
    const refused = async () => expect((await from('192.0.2.52', email, 'a new password')).status).toBe(201);
    await eventually(refused, REMEMBERED);
  });

  it('when many addresses send them at once / the count is exact', async () => {
    const { email } = await signableLogin();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => from(`192.0.2.${100 + n}`, email, 'wrong password')));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(6);
    expect(statuses.filter((status) => status === 429)).toHaveLength(14);
  });

  it('when their window is over / the right password is 201 again', async () => {
    const { email } = await signableLogin();
    for (let n = 0; n < 3; n++) await from('192.0.2.30', email, 'wrong password');
    expect((await from('192.0.2.30', email, PASSWORD)).status).toBe(429);
    await world.sql.query(
      `update login_attempt set attempted_at = array(select at - interval '900 s' from unnest(attempted_at) at)`,
    );
    await eventually(async () => expect((await from('192.0.2.30', email, PASSWORD)).status).toBe(201), REMEMBERED);
  });

  it('when they are stored / no email and no address is readable', async () => {
    const { email } = await signableLogin();
    await statusesOf([
      ['192.0.2.60', email, 'wrong password'],
      ['192.0.2.60', email, PASSWORD],
    ]);
    const { rows } = await world.sql.query(
      'select login_attempt::text from login_attempt union all select known_address::text from known_address',
    );
    expect(JSON.stringify(rows)).not.toMatch(/192\.0\.2\.60|limit-/);
    const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');
    for (const guess of [email, `email:${email}`, '192.0.2.60', 'address:192.0.2.60'])
      expect(JSON.stringify(rows)).not.toContain(sha256(guess));
  });

  it('when the login is removed / the addresses that it knows are deleted', async () => {
    const login = await signableLogin();
    expect((await from('192.0.2.70', login.email, PASSWORD)).status).toBe(201);
    await world.publish(...login.removed());
    await strict.reaches(login.contactId, 2);
    const { rows } = await world.sql.query('select from known_address where contact_id = $1', [login.contactId]);
    expect(rows).toEqual([]);
  });
});

describe('a flood of sign-ins', () => {
  it('when the queue is full / answers 503 with Retry-After, and never 500', async () => {
    const answers = await Promise.all(
      Array.from({ length: 120 }, (_, n) =>
        auth.call(
          'POST',
          '/portal/sessions',
          { email: `flood-${n}@example.com`, password: 'a password' },
          { 'x-forwarded-for': `198.51.100.${n}` },
        ),
      ),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    expect(statuses).toEqual(new Set([401, 503]));
    const busy = answers.filter(({ body }) => body.code === 'hash_queue_full');
    expect(new Set(busy.map(({ status, headers }) => `${status} ${headers.get('retry-after')}`))).toEqual(new Set(['503 1']));
  });

  it('when one address holds four places / its other requests are 429 with Retry-After 1 and are not counted', async () => {
    const address = { 'x-forwarded-for': '198.51.100.200' };
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    // They keep their places until the others are answered, however fast they are hashed and however slowly the others come.
    const undo = around(PasswordVerifier.prototype, 'inTurn', (inTurn) => opened.then(() => inTurn()));
    let answered = 0;
    const sent = Array.from({ length: 40 }, (_, n) =>
      auth
        .call('POST', '/portal/sessions', { email: `places-${n}@example.com`, password: 'a password' }, address)
        .finally(() => answered++),
    );
    await eventually(() => expect(answered).toBe(36)).finally(() => (open(), undo()));
    const answers = await Promise.all(sent);
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 401).length).toBe(40 - refused.length);
    expect(refused.length).toBe(36);
    expect(new Set(refused.map(({ headers }) => headers.get('retry-after')))).toEqual(new Set(['1']));
    const { rows } = await world.sql.query<{ most: number }>(
      'select cardinality(attempted_at)::int as most from login_attempt where email_hash is null order by expires_at desc limit 1',
    );
    expect(rows[0]!.most).toBe(40 - refused.length);
  });

  it('when a new password is applied meanwhile / the old one is refused', async () => {
    const story = world.newLogin();
    await world.publish(await story.created('race@example.com', 'old password'));
    await auth.reaches(story.contactId, 1);
    const signIn = (_: unknown, n: number) =>
      auth.call(
        'POST',
        '/portal/sessions',
        { email: 'race@example.com', password: 'old password' },
        { 'x-forwarded-for': `198.51.100.${n}` },
      );
    const early = Array.from({ length: 10 }, signIn);
    await world.publish(await story.newPassword('new password'));
    await auth.reaches(story.contactId, 2);
    // On a busy machine a password may have to wait for too long: 503.
    const answered = (_: unknown, n: number) =>
      eventually(async () => {
        const { status } = await signIn(_, n);
        expect(status).not.toBe(503);
        return status;
      });
    expect(await Promise.all(Array.from({ length: 10 }, answered))).toEqual(Array(10).fill(401));
    for (const { status, body } of await Promise.all(early)) {
      if (status === 201) expect((await auth.me(body.data.access_token as string)).status).toBe(401);
    }
  });
});

describe('the health of the auth app', () => {
  it('when it is read / reports every component, and /metrics is served', async () => {
    expect((await auth.call('GET', '/health/live')).status).toBe(200);
    expect((await auth.call('GET', '/health/ready')).status).toBe(200);
    const parts = {
      database: { status: 'ok' },
      broker: { status: 'ok' },
      consumer: { status: 'ok', joined: true, stopped: [] },
      lag: { status: 'ok', records: 0 },
    };
    await eventually(async () => expect(await auth.health()).toMatchObject({ status: 'ok', parts }));
    const text = await (await fetch(`${auth.url}/metrics`)).text();
    expect(text).toMatch(/^kafka_consumergroup_lag\{consumergroup="[^"]+",topic="[^"]+",partition="0"\} 0$/m);
  });
});
