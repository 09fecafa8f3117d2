import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, readTopic } from '#app/system/testing';
import { AuthWorld, OPERATOR_TOKEN, type LoginEventBuilder, type RunningAuth } from './auth.harness.js';

let world: AuthWorld;
let auth: RunningAuth;

beforeAll(async () => {
  world = await AuthWorld.create();
  auth = await world.start();
});

afterAll(() => world.close());

const uniqueEmail = (login: LoginEventBuilder, name: string): string => `${name}-${login.contactId}@example.com`;

async function created(name: string, password: string): Promise<{ login: LoginEventBuilder; email: string; token: string }> {
  const login = world.newLogin();
  const email = uniqueEmail(login, name);
  await world.publish(await login.created(email, password));
  await auth.reaches(login.contactId, 1);
  return { login, email, token: await auth.tokenOf(email, password) };
}

describe('when a login is created', () => {
  it('and its email is typed in any case / the sign-in succeeds, and another password is refused', async () => {
    const login = world.newLogin();
    await world.publish(await login.created('Ann@Example.com', 'first password'));
    await auth.reaches(login.contactId, 1);

    const { status, body } = await auth.signIn('ann@example.COM', 'first password');

    expect(status).toBe(201);
    expect(body.data).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 900,
      contact_id: login.contactId,
      email: 'Ann@Example.com',
    });
    expect((await auth.signIn('ann@example.com', 'another password')).status).toBe(401);
  });

  it('and its password is typed in another Unicode form / the sign-in succeeds', async () => {
    const { email } = await created('unicode', 'pässwörter'.normalize('NFC'));
    expect((await auth.signIn(email, 'pässwörter'.normalize('NFD'))).status).toBe(201);
  });
});

describe('when a password is replaced', () => {
  it('and a sign-in follows / only the new password is accepted, and the sessions of the old one are ended', async () => {
    const { login, email, token } = await created('password', 'old password');
    await world.publish(await login.newPassword('new password'));
    await auth.reaches(login.contactId, 2);

    expect((await auth.me(token)).status).toBe(401);
    expect((await auth.signIn(email, 'old password')).status).toBe(401);
    expect((await auth.signIn(email, 'new password')).status).toBe(201);
  });
});

describe('when the email changes', () => {
  it('and a sign-in follows / only the new email is accepted, and the sessions are ended', async () => {
    const { login, email, token } = await created('former', 'a password');
    const next = uniqueEmail(login, 'next');
    await world.publish(login.newEmail(next));
    await auth.reaches(login.contactId, 2);

    expect((await auth.me(token)).status).toBe(401);
    expect((await auth.signIn(email, 'a password')).status).toBe(401);
    expect((await auth.me(await auth.tokenOf(next, 'a password'))).body.data).toEqual({
      contact_id: login.contactId,
      email: next,
    });
  });

  it('in its spelling only / the sessions stay, and the new spelling is shown', async () => {
    const { login, email, token } = await created('spelling', 'a password');
    await world.publish(login.newEmail(email.toUpperCase()));
    await auth.reaches(login.contactId, 2);
    expect(await auth.me(token)).toMatchObject({ status: 200, body: { data: { email: email.toUpperCase() } } });
  });
});

describe('when a credential is sealed again', () => {
  it('and its owner has a session / the session and the password stay valid', async () => {
    const { login, email, token } = await created('reseal', 'a password');
    await world.publish(await login.resealed('a password'));
    await auth.reaches(login.contactId, 2);
    expect((await auth.me(token)).status).toBe(200);
    expect((await auth.signIn(email, 'a password')).status).toBe(201);
  });
});

describe('when a login is removed', () => {
  it('and an old record comes again / sign-ins are refused, the sessions are ended, and the record is ignored', async () => {
    const login = world.newLogin();
    const email = uniqueEmail(login, 'removed');
    const first = await login.created(email, 'a password');
    await world.publish(first);
    await auth.reaches(login.contactId, 1);
    const token = await auth.tokenOf(email, 'a password');

    await world.publish(...login.removed(), first);
    const other = world.newLogin();
    await world.publish(await other.created(uniqueEmail(other, 'behind'), 'a password'));
    await auth.reaches(login.contactId, 2);
    await auth.reaches(other.contactId, 1);

    expect((await auth.me(token)).status).toBe(401);
    expect((await auth.signIn(email, 'a password')).status).toBe(401);
    expect((await auth.login(login.contactId)).status).toBe(404);
    expect((await auth.login(login.contactId, '?min_version=2')).status).toBe(404);
  });

  it('and compaction has left only its tombstone / sign-ins are refused, and the sessions are ended', async () => {
    const { login, email, token } = await created('compacted', 'a password');
    const [, tombstone] = login.removed();
    await world.publish(tombstone);
    await eventually(async () => expect((await auth.login(login.contactId)).status).toBe(404));
    expect((await auth.me(token)).status).toBe(401);
    expect((await auth.signIn(email, 'a password')).status).toBe(401);
  });

  it('and it is created again / sign-ins succeed, and the version continues from the removal', async () => {
    const { login, email, token } = await created('anew', 'a password');
    await world.publish(...login.removed(), await login.created(email, 'a password'));
    await auth.reaches(login.contactId, 3);
    expect((await auth.signIn(email, 'a password')).status).toBe(201);
    expect((await auth.me(token)).status).toBe(401);
  });
});

describe('when an email moves from one contact to another', () => {
  it.each([
    ['the claim first', (leave: object, claim: object) => [claim, leave]],
    ['the leaving first', (leave: object, claim: object) => [leave, claim]],
  ])('with %s / ends in the state of the gateway', async (_, order) => {
    const { login: former, email, token } = await created('moving', 'password of A');
    const next = world.newLogin();
    const leave = former.newEmail(uniqueEmail(former, 'left'));
    const claim = await next.created(email, 'password of B');
    for (const record of order(leave, claim) as (typeof leave)[]) {
      await world.publish(record);
      await auth.reaches(Number(record.key), record === leave ? 2 : 1);
    }

    expect((await auth.signIn(email, 'password of B')).body.data.contact_id).toBe(next.contactId);
    expect((await auth.signIn(email, 'password of A')).status).toBe(401);
    expect((await auth.signIn(uniqueEmail(former, 'left'), 'password of A')).body.data.contact_id).toBe(former.contactId);
    expect((await auth.me(token)).status).toBe(401);
  });
});

describe('GET /portal/logins/{contact_id}', () => {
  it('when the operator asks / answers with the stored login', async () => {
    const { login, email } = await created('held', 'a password');
    const { status, body } = await auth.login(login.contactId);
    expect(status).toBe(200);
    expect(body).toEqual({
      data: { contact_id: login.contactId, email, version: 1, synced_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) },
    });
  });

  it('when min_version is applied while it waits / answers at once', async () => {
    const { login, email } = await created('waited', 'a password');
    const answer = auth.login(login.contactId, '?min_version=2&wait=20');
    await world.publish(login.newEmail(email.toUpperCase()));
    expect(await answer).toMatchObject({ status: 200, body: { data: { version: 2 } } });
  });

  it('when min_version is not applied in time / answers 202 with the stored login and Retry-After', async () => {
    const { login } = await created('early', 'a password');
    const { status, headers, body } = await auth.login(login.contactId, '?min_version=9&wait=0.2');
    expect(status).toBe(202);
    expect(headers.get('retry-after')).toBe('1');
    expect(body.data).toMatchObject({ contact_id: login.contactId, version: 1 });
    expect(await auth.login(99_999, '?min_version=1&wait=0')).toMatchObject({ status: 202, body: { data: null } });
  });

  it('when another replica applies min_version / answers at once', async () => {
    const second = await world.start();
    const login = world.newLogin();
    const answers = [auth, second].map((replica) => replica.login(login.contactId, '?min_version=1&wait=20'));
    await world.publish(await login.created(uniqueEmail(login, 'replica'), 'a password'));
    for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200);
    await world.stop(second);
  });

  it.each([
    '?wait=31',
    '?wait=-1',
    '?wait=soon',
    '?wait=',
    '?wait=30.00000001',
    '?wait=1&wait=1',
    '?min_version=x',
    '?min_version=1&min_version=2',
    '?min_version=99999999999999999',
  ])('when the query is %s / answers 422', async (query) => {
    expect(await auth.login(1, query)).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
  });

  it.each(['x', '-1', '99999999999999999'])('when min_version is %s / says so once', async (version) => {
    const { body } = await auth.login(1, `?min_version=${version}`);
    expect(body.errors).toEqual({ min_version: ['must be a version: a whole number'] });
  });

  it.each(['0', '0.12345678', '1e-3', '30'])(
    'when it is to wait %s seconds for a version that it has / answers 200',
    async (wait) => {
      const { login } = await created(`wait-${wait}`, 'a password');
      expect((await auth.login(login.contactId, `?min_version=1&wait=${wait}`)).status).toBe(200);
    },
  );

  it.each(['0', '-1', 'x', '1.5', '99999999999999999999', '%00'])('when the contact id is %s / answers 404', async (id) => {
    const authorization = `Bearer ${OPERATOR_TOKEN}`;
    expect((await auth.call('GET', `/portal/logins/${id}`, undefined, { authorization })).status).toBe(404);
  });

  it.each([undefined, 'Bearer wrong', 'Basic x', `Bearer ${OPERATOR_TOKEN}x`])(
    'when the authorization is %s / answers 401',
    async (authorization) => {
      const answer = await auth.call('GET', '/portal/logins/1', undefined, authorization === undefined ? {} : { authorization });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    },
  );
});

it('when the database of the auth app is searched / no table has a password or a plain hash', async () => {
  await created('secret', 'canary password');
  const { rows } = await world.sql.query<{ row: string }>(
    `select l::text as row from portal_login l union all select s::text from portal_session s union all select a::text from login_attempt a`,
  );
  const topics = await Promise.all([world.topic, world.deadLetters].map((topic) => readTopic(world.brokers, topic)));
  const everything = JSON.stringify([rows, topics]);
  expect(everything).not.toContain('$argon2');
  expect(everything).not.toContain('canary');
});
