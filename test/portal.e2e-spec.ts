import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#app/system/testing';
import { AuthWorld, type RunningAuth } from './auth.harness.js';
import { TestGateway } from './gateway.harness.js';

const PASSWORD = 'correct horse battery';

let world: AuthWorld;
let gateway: TestGateway;
let auth: RunningAuth;
let unique = 0;
const address = () => `portal${++unique}@example.com`;

beforeAll(async () => {
  world = await AuthWorld.create();
  gateway = await TestGateway.start({
    TOPIC_PREFIX: world.topicPrefix,
    CREDENTIAL_PUBLIC_KEYS: JSON.stringify(world.keys.publicKeys),
  });
  auth = await world.start({ LOGIN_ATTEMPTS_PER_ADDRESS: '10000' });
});
afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

/** An update, and the login in the auth app after it. */
async function updateAndFollow(id: string, patch: object) {
  const answer = await gateway.update(id, patch);
  expect(answer.status).toBe(200);
  await auth.reaches(Number(id), Number(answer.headers.get('portal-login-version')));
  return answer;
}
const signIn = async (email: string, password: string) => (await auth.signIn(email, password)).status;

describe('when a contact is updated at the gateway', () => {
  it('with a password / the portal accepts it', async () => {
    const contact = await gateway.createContact({ email: address() });
    expect(await signIn(contact.email, PASSWORD)).toBe(401);
    await updateAndFollow(contact.id, { password: PASSWORD });
    const token = await auth.tokenOf(contact.email, PASSWORD);
    expect((await auth.me(token)).body.data).toEqual({ contact_id: Number(contact.id), email: contact.email });
  });

  it('with another email / the portal accepts only the new email, and ends the sessions', async () => {
    const contact = await gateway.createContact({ email: address() });
    await updateAndFollow(contact.id, { password: PASSWORD });
    const token = await auth.tokenOf(contact.email, PASSWORD);
    const email = address();
    await updateAndFollow(contact.id, { email });
    expect(await signIn(email, PASSWORD)).toBe(201);
    expect(await signIn(contact.email, PASSWORD)).toBe(401);
    expect((await auth.me(token)).status).toBe(401);
  });

  it('with another password / the portal accepts only the new password', async () => {
    const contact = await gateway.createContact({ email: address(), password: PASSWORD });
    await updateAndFollow(contact.id, { password: 'another good one' });
    expect(await signIn(contact.email, 'another good one')).toBe(201);
    expect(await signIn(contact.email, PASSWORD)).toBe(401);
  });

  it('with an email that another login has / answers 422, and the portal keeps both logins', async () => {
    const holder = await gateway.createContact({ email: address(), password: PASSWORD });
    const contact = await gateway.createContact({ email: address(), password: 'my own password' });
    expect((await gateway.update(contact.id, { email: holder.email })).status).toBe(422);
    await updateAndFollow(contact.id, { password: 'my other password' });
    expect(await signIn(contact.email, 'my other password')).toBe(201);
    expect(await signIn(holder.email, PASSWORD)).toBe(201);
    expect(await signIn(holder.email, 'my other password')).toBe(401);
  });

  it('with a password in another Unicode form / the portal accepts both forms', async () => {
    const contact = await gateway.createContact({ email: address() });
    await updateAndFollow(contact.id, { password: 'Ame\u0301lie-2026' });
    expect(await signIn(contact.email.toUpperCase(), 'Am\u00e9lie-2026')).toBe(201);
  });

  it('and an email moves over many contacts / the last one has it', async () => {
    const email = address();
    const contacts = await Promise.all(
      Array.from({ length: 6 }, () => gateway.createContact({ email: address(), password: PASSWORD })),
    );
    for (const { id, email: own } of contacts) {
      expect((await gateway.update(id, { email })).status).toBe(200);
      if (id !== contacts.at(-1)!.id) expect((await gateway.update(id, { email: own })).status).toBe(200);
    }
    const last = contacts.at(-1)!;
    await eventually(async () => expect((await auth.login(Number(last.id))).body.data).toMatchObject({ email }));
    for (const { id, email: own } of contacts.slice(0, -1)) {
      await eventually(async () => expect((await auth.login(Number(id))).body.data).toMatchObject({ email: own, version: 3 }));
    }
  });

  it('while the auth app is stopped / answers, and the auth app applies the change when it is back', async () => {
    await world.stop(auth);
    const contact = await gateway.createContact({ email: address(), password: PASSWORD });
    const email = address();
    const answers = await Promise.all([
      gateway.update(contact.id, { email }),
      gateway.update(contact.id, { first_name: 'Away' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    auth = await world.start({ LOGIN_ATTEMPTS_PER_ADDRESS: '10000' });
    await auth.reaches(Number(contact.id), 2);
    expect(await signIn(email, PASSWORD)).toBe(201);
  });
});
