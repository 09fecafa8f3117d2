import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { generateEventMacKeys, readEventMacKeys } from '#app/credentials';
import { eventually, readTopic } from '#app/system/testing';
import { forgedLogin } from './auth.harness.js';
import { RepairWorld } from './repair.harness.js';

const PASSWORD = 'correct horse battery';
const ATTACKERS = 'the attacker has this';
// Each command is one process or two, which takes long on a busy machine.
jest.setTimeout(120_000);

let world: RepairWorld;
let keys: { EVENT_MAC_KEYS: string };

beforeAll(async () => {
  world = await RepairWorld.create();
  keys = { EVENT_MAC_KEYS: world.auths.macKeys };
});
afterAll(() => world?.close());

const signIn = async (email: string, password: string) => (await world.auth.signIn(email, password)).status;

async function restartAuth(settings: Record<string, string>): Promise<void> {
  await world.auths.stop(world.auth);
  world.auth = await world.auths.start({ ...settings, LOGIN_ATTEMPTS_PER_ADDRESS: '10000' });
}

async function restartGatewayWithKeys(): Promise<void> {
  await world.restartGateway({ eventMacKeys: readEventMacKeys(world.auths.macKeys) });
}

/** Writes a record with the greatest version and the attacker's password; the public key is enough for this. */
const takeOver = async (login: { id: number; email: string }): Promise<void> =>
  world.auths.publish(await forgedLogin(world.auths, { contactId: login.id, email: login.email, password: ATTACKERS }));

describe('when an attacker took over a login before records were marked', () => {
  let taken: { id: number; email: string };
  let other: { id: number; email: string };
  let attackersToken: string;

  it('and the owner sets a new password / the attacker still has the login', async () => {
    [taken, other] = [await world.loginOf(PASSWORD), await world.loginOf(PASSWORD)];
    await takeOver(taken);
    attackersToken = await eventually(() => world.auth.tokenOf(taken.email, ATTACKERS));
    await world.running.update(taken.id, { password: 'the owner set this' });
    expect((await world.events('verify --wait 20')).out).toContain(`contact ${taken.id}`);
    expect([await signIn(taken.email, 'the owner set this'), await signIn(taken.email, ATTACKERS)]).toEqual([401, 201]);
  });

  it('and a gateway publishes unmarked records / events remark refuses to note a start', async () => {
    const { code, err } = await world.events('remark --yes', keys);
    expect([code, err]).toEqual([1, expect.stringContaining('A gateway publishes without a mark')]);
    expect(await world.lastCommand('remark')).toMatchObject({ details: { ended: 'failed' } });
  });

  it('and marking is switched on / unmarked records are skipped, and a rebuild gives the login back', async () => {
    await world.running.halt();
    await restartGatewayWithKeys();
    const { code, result } = await world.eventsJson('remark --yes', keys);
    expect([code, result.published]).toEqual([0, 2]);
    await restartAuth(keys);
    expect(await signIn(taken.email, ATTACKERS)).toBe(201);
    const token = await world.auth.tokenOf(other.email, PASSWORD);
    const rebuilt = await world.eventsJson('rebuild auth --yes', keys);
    expect([rebuilt.code, rebuilt.result.prepared.records.unauthentic]).toEqual([0, 0]);
    expect([await signIn(taken.email, ATTACKERS), await signIn(taken.email, 'the owner set this')]).toEqual([401, 201]);
    const sessions = await Promise.all([world.auth.me(attackersToken), world.auth.me(token)]);
    expect(sessions.map(({ status }) => status)).toEqual([401, 200]);
    await eventually(async () => {
      const { result: verified } = await world.eventsJson('verify', keys);
      expect(verified).toMatchObject({ gateway: 2, topic: 2, auth: 2, differences: [] });
    });
    const { body } = await world.running.call('GET', '/audit?actor=operator&action[in]=operator.remark,operator.rebuild&sort=id');
    expect(body.data).toMatchObject([
      { action: 'operator.remark', details: { ended: 'failed' } },
      { action: 'operator.remark', details: { published: 2 } },
      { action: 'operator.rebuild', details: rebuilt.result.comparison },
    ]);
  });
});

describe('when a forged record is on the topic and marks are checked', () => {
  let login: { id: number; email: string };

  beforeAll(async () => {
    login = await world.loginOf(PASSWORD, world.address(), world.running);
    await takeOver(login);
    await eventually(async () => expect((await world.auth.health()).parts.consumer.unauthentic).toBeGreaterThan(0));
  });

  it('and verify runs / finds it behind the newest version, and the repair publishes the login again', async () => {
    const found = (await world.eventsJson('verify', keys)).result;
    expect(found.differences).toMatchObject([{ contactId: login.id, kinds: ['topic-overtaken'] }]);
    const { code, result } = await world.eventsJson('verify --repair --yes', keys);
    expect([code, result.repaired, result.differences]).toEqual([0, 1, []]);
    expect(await signIn(login.email, PASSWORD)).toBe(201);
  });

  it('and show runs / prints it as unauthentic, and continues the history without it', async () => {
    const { code, out } = await world.events(`show ${login.id}`, keys);
    expect(code).toBe(0);
    expect(out).toContain('unauthentic: ce_mac is missing');
    expect(out).not.toContain(String(Number.MAX_SAFE_INTEGER));
  });

  it('and it is redriven / is a dead letter again, and the newest version is published behind it', async () => {
    const { unauthentic } = (await world.auth.health()).parts.consumer;
    expect((await world.events('dead-letters redrive --reason unauthentic --yes', keys)).code).toBe(0);
    expect(await world.lastCommand('redrive')).toMatchObject({ details: { letters: [expect.stringMatching(/^\d+@\d+$/)] } });
    await eventually(async () => expect((await world.auth.health()).parts.consumer.unauthentic).toBe(unauthentic + 1));
    expect(await signIn(login.email, PASSWORD)).toBe(201);
    const records = await readTopic(world.auths.brokers, world.auths.topic);
    const last = records.filter(({ key }) => key === String(login.id)).at(-1)!;
    expect(JSON.parse(last.value!)).toMatchObject({ version: 2 });
  });

  it('and resync runs / raises no version above it', async () => {
    await world.running.halt();
    const { code, result } = await world.eventsJson('resync --yes', keys);
    expect([code, result.loginsBehind]).toEqual([0, 0]);
    expect(await world.lastCommand('resync')).toMatchObject({ details: result.published });
    expect(result.unauthentic).toBeGreaterThan(0);
    await restartGatewayWithKeys();
    await world.auth.reaches(login.id, 1_002);
    const { body } = await world.auth.login(login.id);
    expect(body.data.version).toBe(1_002);
    await world.running.update(login.id, { password: 'the owner set this' });
    await world.auth.reaches(login.id, 1_003);
    expect(await signIn(login.email, 'the owner set this')).toBe(201);
  });
});

describe('when the key of the marks is rotated', () => {
  const newer = generateEventMacKeys('mac-2');
  let both: { EVENT_MAC_KEYS: string };
  let login: { id: number; email: string };

  beforeAll(async () => {
    login = await world.loginOf(PASSWORD, world.address(), world.running);
    both = { EVENT_MAC_KEYS: JSON.stringify({ keys: [...newer.keys, ...JSON.parse(world.auths.macKeys).keys] }) };
    await restartAuth(both);
  });

  it('and a gateway marks with the old key / events remark refuses', async () => {
    expect(await world.events('remark --yes', both)).toMatchObject({
      code: 1,
      err: expect.stringContaining('A gateway marks with another key than mac-2'),
    });
  });

  it('and every login is published again with the new one / a copy from zero does without the old one', async () => {
    await world.running.halt();
    await world.restartGateway({ eventMacKeys: readEventMacKeys(both.EVENT_MAC_KEYS) });
    expect((await world.eventsJson('remark --yes', both)).code).toBe(0);
    const alone = { EVENT_MAC_KEYS: JSON.stringify(newer) };
    await restartAuth(alone);
    const rebuilt = await world.eventsJson('rebuild auth --yes', alone);
    expect(rebuilt.code).toBe(0);
    expect(rebuilt.result.prepared.records.unauthentic).toBeGreaterThan(0);
    expect(await signIn(login.email, PASSWORD)).toBe(201);
  });
});
