import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually, readTopic, type CommandEnd } from '#app/system/testing';
import pg from 'pg';
import { copyDatabase, dropDatabase, RepairWorld } from './repair.harness.js';

const PASSWORD = 'correct horse battery';
// Each command is one process or two, which takes long on a busy machine.
jest.setTimeout(120_000);

let world: RepairWorld;

beforeAll(async () => {
  world = await RepairWorld.create();
});
afterAll(() => world?.close());

/** The greatest version of each contact, as a reader of the topic keeps it. */
async function projection(): Promise<Map<number, { name: string; data: any }>> {
  const records = await readTopic(world.auths.brokers, world.gateway.topic('contacts.v1'));
  const held = new Map<number, { name: string; data: any }>();
  for (const { value, headers } of records) {
    const data = JSON.parse(value!);
    if (data.version > (held.get(data.contact_id)?.data.version ?? 0))
      held.set(data.contact_id, { name: headers['ce_type']!.split('.')[1]!, data });
  }
  return held;
}

const signIn = async (email: string, password = PASSWORD) => (await world.auth.signIn(email, password)).status;

/** Runs resync; while it waits for a contact, a session connects as a gateway's does. */
async function resyncWithLateGateway(): Promise<CommandEnd> {
  const connectionString = world.gateway.databaseUrl;
  const holder = new pg.Client({ connectionString });
  const late = new pg.Client({ connectionString, application_name: 'contact-sync gateway' });
  await holder.connect();
  try {
    await holder.query('begin');
    await holder.query('select from contact for update');
    const ids = async () => Number((await holder.query('select last_value from contact_id_seq')).rows[0].last_value);
    const before = await ids();
    const ended = world.events('resync --yes');
    // All ids are raised before the first contact is written.
    await eventually(async () => expect(await ids()).toBeGreaterThan(before));
    await late.connect();
    await holder.query('rollback');
    return await ended;
  } finally {
    await Promise.all([holder.end(), late.end()]);
  }
}

describe("when the gateway's database was restored to an older point", () => {
  it('and resync runs / all readers reach its state, and no version, position or contact id is used twice', async () => {
    const { gateway } = world;
    const database = new URL(gateway.databaseUrl).pathname.slice(1);
    const [kept, moved, removed, deleted] = await Promise.all(Array.from({ length: 4 }, () => world.loginOf(PASSWORD)));
    const plain = Number((await gateway.createContact({ first_name: 'Before' })).id);
    const token = await world.auth.tokenOf(kept!.email, PASSWORD);
    await gateway.records('contacts.v1', plain, 1);
    await gateway.halt();
    await copyDatabase(database, `${database}_backup`);

    await world.restartGateway();
    const lost = world.running;
    await lost.update(moved!.id, { email: world.address(), password: 'another good one' });
    await lost.call('DELETE', `/contacts/${removed!.id}/password`);
    await lost.call('DELETE', `/contacts/${deleted!.id}`);
    await lost.update(plain, { first_name: 'After' });
    const created = await lost.createContact({ email: moved!.email, password: 'another good one' });
    await world.auth.reaches(Number(created.id), 1);
    await Promise.all([world.auth.reaches(moved!.id, 2), world.auth.reaches(removed!.id, 2), world.auth.reaches(deleted!.id, 2)]);
    const before = await eventually(async () => {
      const held = await projection();
      expect([held.get(plain)!.data.version, held.get(deleted!.id)!.name]).toEqual([2, 'ContactDeleted']);
      expect(held.has(Number(created.id))).toBe(true);
      return held;
    });
    expect(await world.events('resync --yes')).toMatchObject({
      code: 1,
      err: expect.stringContaining('stop every gateway first'),
    });
    await lost.halt();
    await copyDatabase(`${database}_backup`, database);

    const dryRun = (await world.eventsJson('resync --dry-run')).result;
    expect(dryRun).toMatchObject({ contacts: 5, contactsBehind: 4, loginsBehind: 3, strangers: 1, unreadable: 0 });
    await world.killResync('contact', kept!.id, { id: plain, version: 2 });
    // Nothing is published yet, and a change by a gateway that is started now has a version that no reader has.
    expect((await world.eventsJson('resync --dry-run')).result).toMatchObject({
      contactsBehind: 0,
      loginsBehind: 0,
      strangers: 1,
    });
    expect(await resyncWithLateGateway()).toMatchObject({
      code: 1,
      err: expect.stringContaining('A gateway connected to this database during the run'),
    });
    const { code, result } = await world.eventsJson('resync --yes');
    expect([code, result.published]).toEqual([0, { contacts: 5, withdrawn: 1, companies: 5, withdrawnCompanies: 1 }]);
    await world.restartGateway();

    // Events that are still on their way count as no difference.
    await eventually(async () => {
      const { result: verified } = await world.eventsJson('verify');
      expect(verified).toMatchObject({ gateway: 4, topic: 4, auth: 4, differences: [] });
    });
    const logins = [kept!, moved!, removed!, deleted!];
    expect(await Promise.all(logins.map(({ email }) => signIn(email)))).toEqual([201, 201, 201, 201]);
    expect([await signIn(created.email, 'another good one'), (await world.auth.me(token)).status]).toEqual([401, 200]);

    const after = await projection();
    for (const id of [plain, ...logins.map((login) => login.id)]) {
      const { body } = await world.running.call('GET', `/contacts/${id}`);
      expect(after.get(id)).toMatchObject({ name: 'ContactUpdated', data: { contact: body.data } });
      expect(after.get(id)!.data.version).toBeGreaterThan(before.get(id)!.data.version);
      // A reader's former state is unknown: each field is named.
      const fields = Object.keys(body.data).filter((name) => !['version', 'updated_at'].includes(name));
      expect(after.get(id)!.data.changed.toSorted()).toEqual(fields.toSorted());
    }
    expect(after.get(Number(created.id))).toMatchObject({ name: 'ContactDeleted', data: { version: 1_001 } });
    const next = await world.running.createContact({ email: world.address(), password: PASSWORD });
    expect(Number(next.id)).toBeGreaterThan(Number(created.id));
    await world.auth.reaches(Number(next.id), 1);
    await dropDatabase(`${database}_backup`);
  });
});
