import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RELAY_LOCK } from '#app/messaging';
import { eventually, readTopic } from '#app/system/testing';
import pg from 'pg';
import type { TestGateway } from './gateway.harness.js';
import { copyDatabase, dropDatabase, RepairWorld } from './repair.harness.js';

// Tasks of the apps are processes, which take long on a busy machine.
jest.setTimeout(120_000);

let world: RepairWorld;

beforeAll(async () => {
  world = await RepairWorld.create();
});
afterAll(() => world?.close());

interface HeldCompany {
  name: string;
  actor: string | undefined;
  data: any;
}

/** The greatest version of each company, as a reader of the topic keeps it. */
async function projection(): Promise<Map<number, HeldCompany>> {
  const records = await readTopic(world.auths.brokers, world.gateway.topic('companies.v1'));
  const held = new Map<number, HeldCompany>();
  for (const { value, headers } of records) {
    const data = JSON.parse(value!);
    if (data.version > (held.get(data.company_id)?.data.version ?? 0))
      held.set(data.company_id, { name: headers['ce_type']!.split('.')[1]!, actor: headers['ce_actor'], data });
  }
  return held;
}

const makeToken = async (gateway: TestGateway): Promise<{ id: number; token: string }> =>
  (await gateway.call('POST', '/tokens', { name: 'import', scopes: ['companies:write'] })).body.data;
const makeCompany = async (gateway: TestGateway, fields: object): Promise<any> =>
  (await gateway.call('POST', '/companies', fields)).body.data;

describe("when the gateway's database was restored to a point before changes of companies", () => {
  it('and resync runs / a reader that keeps the greatest version has the companies of the gateway, and no company, tag or token id is given twice', async () => {
    const { gateway } = world;
    const database = new URL(gateway.databaseUrl).pathname.slice(1);
    const kept = await makeCompany(gateway, { name: 'Kept', tags: ['known'] });
    const changed = await gateway.createCompany('Before');
    const deleted = await gateway.createCompany('Deleted later');
    await eventually(async () => expect((await projection()).size).toBe(3));
    await gateway.halt();
    await copyDatabase(database, `${database}_backup`);

    await world.restartGateway();
    const lost = world.running;
    await lost.call('POST', `/companies/${changed}`, { name: 'After' });
    await lost.call('DELETE', `/companies/${deleted}`);
    const created = await makeCompany(lost, { name: 'Lost', tags: ['lost tag'] });
    const token = await makeToken(lost);
    await lost.call('POST', `/companies/${created.id}`, { city: 'Springfield' }, { authorization: `Bearer ${token.token}` });
    const before = await eventually(async () => {
      const held = await projection();
      expect([held.get(changed)!.data.version, held.get(deleted)!.name]).toEqual([2, 'CompanyDeleted']);
      expect(held.get(created.id)).toMatchObject({ actor: String(token.id), data: { version: 2 } });
      return held;
    });
    await lost.halt();
    await copyDatabase(`${database}_backup`, database);

    const dryRun = (await world.eventsJson('resync --dry-run')).result;
    expect(dryRun).toMatchObject({ companies: 3, companiesBehind: 2, companyStrangers: 1, unreadable: 0 });
    await world.killResync('company', kept.id, { id: changed, version: 2 });
    expect((await world.eventsJson('resync --dry-run')).result).toMatchObject({ companiesBehind: 0, companyStrangers: 1 });
    const { code, result } = await world.eventsJson('resync --yes');
    expect([code, result.published]).toEqual([0, { contacts: 0, withdrawn: 0, companies: 3, withdrawnCompanies: 1 }]);
    await world.restartGateway();

    const after = await eventually(async () => {
      const held = await projection();
      expect(held.get(created.id)).toMatchObject({ name: 'CompanyDeleted', data: { version: 1_002 } });
      return held;
    });
    for (const id of [kept.id, changed, deleted]) {
      const { body } = await world.running.call('GET', `/companies/${id}`);
      expect(after.get(id)).toMatchObject({ name: 'CompanyUpdated', data: { company: body.data, version: body.data.version } });
      expect(after.get(id)!.data.version).toBeGreaterThan(before.get(id)!.data.version);
    }
    const next = await makeCompany(world.running, { name: 'Next', tags: ['next tag'] });
    expect(next.id).toBeGreaterThan(created.id);
    expect(next.tags[0].id).toBeGreaterThan(created.tags[0].id);
    expect((await makeToken(world.running)).id).toBeGreaterThan(token.id);
    expect((await world.eventsJson('resync --dry-run')).result).toMatchObject({ companiesBehind: 0, companyStrangers: 0 });
    await dropDatabase(`${database}_backup`);
  });
});

describe('when a gateway connects while a resync runs', () => {
  it('and the resync ends / says that it must be run again once every gateway is stopped', async () => {
    await world.running.halt();
    const [holder, late] = ['holder', 'contact-sync gateway'].map(
      (application_name) => new pg.Client({ connectionString: world.gateway.databaseUrl, application_name }),
    );
    await holder!.connect();
    await holder!.query('begin');
    await holder!.query('select from company order by id limit 1 for update');
    const ids = async () => Number((await holder!.query('select last_value from company_id_seq')).rows[0].last_value);
    const before = await ids();
    const ended = world.events('resync --yes');
    // All ids are raised before the first record is written; the locked company keeps the run from its end.
    await eventually(async () => expect(await ids()).toBeGreaterThan(before), { timeoutMs: 60_000, everyMs: 5 });
    await late!.connect();
    await holder!.query('rollback');
    expect(await ended).toMatchObject({ code: 1, err: expect.stringContaining('run resync again') });
    await Promise.all([holder!.end(), late!.end()]);
  });
});

describe('when not every gateway is stopped', () => {
  it.each([
    ['one is connected whose relay has released the lease', 'contact-sync gateway', 'select 1'],
    ['something else holds the lock of the relays', 'psql', `select pg_advisory_lock(hashtext('${RELAY_LOCK}'))`],
  ])('and %s / a resync is refused before it changes anything', async (_, application_name, statement) => {
    await world.running.halt();
    const other = new pg.Client({ connectionString: world.gateway.databaseUrl, application_name });
    await other.connect();
    await other.query(statement);
    const ids = async () => (await other.query('select last_value from contact_id_seq')).rows;
    const before = await ids();
    expect(await world.events('resync --yes')).toMatchObject({
      code: 1,
      err: expect.stringContaining('stop every gateway first'),
    });
    expect(await ids()).toEqual(before);
    await other.end();
  });
});
