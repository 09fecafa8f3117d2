import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { generateSealingKeys, type KeySet } from '#app/credentials';
import { eventually, readTopic } from '#app/system/testing';
import type { Message } from 'kafkajs';
import { RepairWorld } from './repair.harness.js';

const PASSWORD = 'correct horse battery';

// Each command is one process or two, which takes long on a busy machine.
jest.setTimeout(120_000);

let world: RepairWorld;
let newKeys: { publicKeys: KeySet; privateKeys: KeySet };

beforeAll(async () => {
  newKeys = await generateSealingKeys('seal-2');
  world = await RepairWorld.create();
  await restartAuth();
});
afterAll(() => world?.close());

const bothKeys = (): string => JSON.stringify({ keys: [...newKeys.privateKeys.keys, ...world.auths.keys.privateKeys.keys] });
/** Both keys, as during a rotation. */
async function restartAuth(): Promise<void> {
  await world.auths.stop(world.auth);
  world.auth = await world.auths.start({ CREDENTIAL_PRIVATE_KEYS: bothKeys(), LOGIN_ATTEMPTS_PER_ADDRESS: '10000' });
}
const signIn = async (email: string, password = PASSWORD) => (await world.auth.signIn(email, password)).status;
const meStatus = async (token: string) => (await world.auth.me(token)).status;
const authSql = (sql: string, values: unknown[] = []) => world.auths.sql.query(sql, values);

/** Gives the auth app rows that no event made, and puts an older record of a login last on the topic. */
async function spoil() {
  const [older, lacking, moved, overtaken] = await Promise.all(Array.from({ length: 4 }, () => world.loginOf(PASSWORD)));
  await world.gateway.update(overtaken!.id, { password: 'another good one' });
  await world.auth.reaches(overtaken!.id, 2);
  const [first] = await world.gateway.records('portal-logins.v1', overtaken!.id, 2);
  await world.auths.send({ key: first!.key, value: first!.value, headers: first!.headers });
  await authSql('update portal_login set version = 0, credential = null where contact_id = $1', [older!.id]);
  await authSql('delete from portal_login where contact_id = $1', [lacking!.id]);
  await authSql(`update portal_login set email = 'moved@x.io', email_key = 'moved@x.io' where contact_id = $1`, [moved!.id]);
  const stranger = 900_000 + overtaken!.id;
  await authSql(
    `insert into portal_login (contact_id, version, position, email, email_key, credential, session_version, synced_at)
     values ($1, 3, 1, 'stranger@x.io', 'stranger@x.io', 'none', 1, now())`,
    [stranger],
  );
  return { older: older!, lacking: lacking!, moved: moved!, overtaken: overtaken!, stranger };
}

describe('events verify', () => {
  it('when logins change meanwhile / finds no difference', async () => {
    const logins = await Promise.all(Array.from({ length: 4 }, () => world.loginOf(PASSWORD)));
    let isOver = false;
    const load = Promise.all(
      logins.map(async ({ id }) => {
        while (!isOver) expect((await world.gateway.updateUntilAnswered(id, { email: world.address() })).status).toBe(200);
      }),
    );
    const { code, result } = await world.eventsJson('verify').finally(() => (isOver = true));
    await load;
    expect([code, result.differences]).toEqual([0, []]);
    expect(result.gateway).toBeGreaterThanOrEqual(logins.length);
  });

  it('when memberships and logins differ / names the differences, and repairs them without ending a session', async () => {
    const { older, lacking, moved, overtaken, stranger } = await spoil();
    const token = await world.auth.tokenOf(overtaken.email, 'another good one');
    const { code, result } = await world.eventsJson('verify');
    const kinds = Object.fromEntries(result.differences.map((found: any) => [found.contactId, found.kinds]));
    expect(code).toBe(3);
    expect(kinds).toEqual({
      [older.id]: ['auth-older'],
      [lacking.id]: ['auth-lacks'],
      [moved.id]: ['auth-email'],
      [overtaken.id]: ['topic-overtaken'],
      [stranger]: ['auth-not-removed'],
    });
    expect(await world.program('verify --repair')).toMatchObject({
      code: 1,
      err: expect.stringContaining('--yes says so beforehand'),
    });
    const repaired = await world.program('verify --repair --yes');
    expect(repaired).toMatchObject({ code: 0, out: expect.stringContaining('5 were published again.') });
    expect(repaired.out).toMatch(/^Logins: (\d+) in the gateway, \1 on the topic, \1 in the auth app$/m);
    expect(await Promise.all([older, lacking, moved].map(({ email }) => signIn(email)))).toEqual([201, 201, 201]);
    expect([await meStatus(token), await signIn('moved@x.io'), await signIn('stranger@x.io')]).toEqual([200, 401, 401]);
    const last = (await world.gateway.records('portal-logins.v1', overtaken.id, 4)).at(-1)!;
    expect(JSON.parse(last.value!)).toMatchObject({ version: 3, changes: [], email: overtaken.email });
  });
});

/** Changes companies without an event, and without the trigger that raises their version. */
async function spoilCompanies() {
  const { gateway } = world;
  const [older, differing, deleted] = await Promise.all(['A', 'B', 'C'].map((name) => gateway.createCompany(name)));
  await gateway.call('POST', `/companies/${older}/tags`, { tags: ['kept'] });
  await gateway.sql.query('update company set name = $1 where id = $2', ['A, renamed by an older release', older]);
  await gateway.sql.query('alter table company disable trigger user');
  await gateway.sql.query('update company set city = $1 where id = $2', ['Springfield', differing]);
  await gateway.sql.query('alter table company enable trigger user');
  await gateway.sql.query('delete from company where id = $1', [deleted]);
  const { rows } = await gateway.sql.query(
    `insert into company (name, version, created_at, updated_at) values ('D', 1, now(), now() + interval '5 min') returning id`,
  );
  return { older: older!, differing: differing!, deleted: deleted!, lacking: Number(rows[0].id) };
}

describe('events verify of companies', () => {
  it('when gateway and topic differ / names the differences, and its repair makes the topic equal', async () => {
    const { gateway } = world;
    const { older, differing, deleted, lacking } = await spoilCompanies();
    const { code, result } = await world.eventsJson('verify');
    const found = Object.fromEntries(result.companies.differences.map(({ companyId, kind }: any) => [companyId, kind]));
    expect([code, found]).toEqual([
      3,
      { [older]: 'topic-older', [differing]: 'topic-differs', [deleted]: 'topic-not-deleted', [lacking]: 'topic-lacks' },
    ]);
    expect(await world.events('verify --repair --yes')).toMatchObject({
      code: 0,
      out: expect.stringContaining('4 were published again.\nAll are the same everywhere.'),
    });
    expect(await world.lastCommand('verify-repair')).toEqual({ actor: 'operator', target: null, details: { published: 4 } });
    const lastOf = async (id: number) => {
      const records = await readTopic(gateway.brokers, gateway.topic('companies.v1'), { key: String(id) });
      return JSON.parse(records.at(-1)!.value!);
    };
    for (const id of [older, differing, lacking]) {
      const { body } = await gateway.call('GET', `/companies/${id}`);
      expect((await lastOf(id)).company).toEqual(body.data);
    }
    expect(await lastOf(deleted)).toEqual({ company_id: deleted, version: 2 });
  });
});

describe('events rebuild auth', () => {
  it('when it ends / has the state of the topic; sign-ins succeed and sessions of unchanged logins stay valid meanwhile', async () => {
    const [kept, spoilt, lost] = await Promise.all(Array.from({ length: 3 }, () => world.loginOf(PASSWORD)));
    const tokens = await Promise.all([kept!, spoilt!].map(({ email }) => world.auth.tokenOf(email, PASSWORD)));
    const other = await world.loginOf('another good one');
    // The same version with the password of another login.
    await authSql(
      'update portal_login set credential = (select credential from portal_login where contact_id = $1) where contact_id = $2',
      [other.id, spoilt!.id],
    );
    await authSql('delete from portal_login where contact_id = $1', [lost!.id]);
    const dryRun = await world.eventsJson('rebuild auth --dry-run', { CREDENTIAL_PRIVATE_KEYS: bothKeys() });
    expect(dryRun.result.comparison).toMatchObject({ different: 1, missing: 1, older: 0, newer: 0, unknown: 0 });
    expect((await authSql('select from portal_login where contact_id = $1', [lost!.id])).rowCount).toBe(0);

    const statuses = new Set<number>();
    let isOver = false;
    const people = (async () => {
      const credentials = { email: kept!.email, password: PASSWORD };
      while (!isOver) statuses.add((await world.auth.call('POST', '/portal/sessions', credentials)).status);
    })();
    const rebuilding = world.eventsJson('rebuild auth --yes', { CREDENTIAL_PRIVATE_KEYS: bothKeys() });
    const created = world.loginOf(PASSWORD);
    const { code, result } = await rebuilding.finally(() => (isOver = true));
    const meanwhile = await created;
    await people;
    expect([code, result.comparison.different, result.comparison.missing]).toEqual([0, 1, 1]);
    expect(await world.lastCommand('rebuild')).toMatchObject({ details: result.comparison });
    expect([...statuses]).toEqual([201]);
    expect(await Promise.all(tokens.map(meStatus))).toEqual([200, 401]);
    expect(await Promise.all([kept!, spoilt!, lost!, meanwhile].map(({ email }) => signIn(email)))).toEqual([201, 201, 201, 201]);
    expect((await authSql(`select from information_schema.schemata where schema_name = 'rebuild'`)).rowCount).toBe(0);
    expect((await world.eventsJson('verify')).result.differences).toEqual([]);
  });

  it('when the topic was made again after the projection was prepared / refuses it, and takes nothing over', async () => {
    await world.loginOf(PASSWORD);
    const before = await authSql('select * from portal_login order by contact_id');
    expect(await world.rebuild('prepare', bothKeys())).toMatchObject({ code: 0 });
    const ids = 'select distinct topic_id from rebuild.consumer_offset';
    expect((await authSql(`${ids} intersect select topic_id from public.consumer_offset`)).rowCount).toBe(1);
    await authSql('update rebuild.consumer_offset set topic_id = gen_random_uuid()');
    // It is tried again where a busy database did not answer in time: nothing was taken over then either.
    const refusal = { code: 1, out: expect.stringContaining('The topic was made again') };
    await eventually(async () => expect(await world.rebuild('swap', bothKeys())).toMatchObject(refusal), { timeoutMs: 60_000 });
    expect((await authSql('select * from portal_login order by contact_id')).rows).toEqual(before.rows);
    await authSql('drop schema rebuild cascade');
  });
});

describe('events credentials reseal', () => {
  it('when credentials have old keys / seals each to the newest key, keeps sessions and passwords, and finds nothing in a second run', async () => {
    const login = await world.loginOf(PASSWORD);
    const token = await world.auth.tokenOf(login.email, PASSWORD);
    const keys = { CREDENTIAL_PUBLIC_KEYS: JSON.stringify(newKeys.publicKeys), CREDENTIAL_PRIVATE_KEYS: bothKeys() };
    const plan = (await world.eventsJson('credentials reseal --dry-run', keys)).result;
    expect(plan).toMatchObject({ newestKid: 'seal-2', current: 0, unopened: 0, oldKeysNeededUntil: null });
    const { code, result } = await world.eventsJson('credentials reseal --yes', keys);
    expect([code, result.resealed, result.unopened]).toEqual([0, plan.resealed, 0]);
    expect(await world.lastCommand('reseal')).toMatchObject({ details: { newestKid: 'seal-2', resealed: plan.resealed } });
    const days = (Date.parse(result.oldKeysNeededUntil) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(46);
    await world.auth.reaches(login.id, 2);
    expect([await signIn(login.email), await meStatus(token)]).toEqual([201, 200]);
    expect((await world.eventsJson('credentials reseal --yes', keys)).result).toMatchObject({
      resealed: 0,
      current: plan.resealed,
    });
    expect((await world.eventsJson('verify')).result.differences).toEqual([]);
  });

  it('when the newest key has no private half / refuses; when it cannot open a credential / leaves it', async () => {
    const { publicKeys } = newKeys;
    expect(await world.events('credentials reseal --yes', { CREDENTIAL_PUBLIC_KEYS: JSON.stringify(publicKeys) })).toMatchObject({
      code: 1,
      err: expect.stringContaining('lack the newest one, seal-2'),
    });
    const login = await world.loginOf(PASSWORD);
    const onlyNew = {
      CREDENTIAL_PUBLIC_KEYS: JSON.stringify(publicKeys),
      CREDENTIAL_PRIVATE_KEYS: JSON.stringify(newKeys.privateKeys),
    };
    const { code, result } = await world.eventsJson('credentials reseal --yes', onlyNew);
    expect([code, result.resealed, result.unopened, result.oldKeysNeededUntil]).toEqual([3, 0, 1, null]);
    expect(await signIn(login.email)).toBe(201);
  });
});

describe('events dead-letters park', () => {
  it('when a record stops a partition / makes it a dead letter, and the partition continues', async () => {
    const lostKeys = await generateSealingKeys('lost');
    const { id, email } = await world.loginOf(PASSWORD);
    const [record] = await world.gateway.records('portal-logins.v1', id, 1);
    const header = Buffer.from(JSON.stringify({ alg: 'ECDH-ES', enc: 'A256GCM', kid: lostKeys.publicKeys.keys[0]!.kid }));
    const data = {
      ...JSON.parse(record!.value!),
      version: 2,
      changes: ['password'],
      credential: `${header.toString('base64url')}....`,
    };
    await world.auths.send({ key: String(id), value: JSON.stringify(data), headers: { ...record!.headers, ce_id: 'lost-1' } });
    const stopped = await eventually(async () => {
      const [first] = (await world.auth.health()).parts.consumer.stopped;
      expect(first).toMatchObject({ reason: expect.stringContaining('UnknownCredentialKey') });
      return first as { partition: number; offset: number };
    });
    const keys = { CREDENTIAL_PRIVATE_KEYS: bothKeys() };
    expect(await world.events('rebuild auth --dry-run', keys)).toMatchObject({
      code: 1,
      err: expect.stringContaining(`Stopped at offset ${stopped.offset}`),
    });
    const place = `--partition ${stopped.partition} --offset`;
    expect(await world.events(`dead-letters park ${place} ${stopped.offset - 1} --yes`)).toMatchObject({
      code: 0,
      err: expect.stringContaining('The auth app is past that offset'),
    });
    expect(await world.events(`dead-letters park ${place} ${stopped.offset + 4711} --yes`)).toMatchObject({
      code: 0,
      err: expect.stringContaining('No record stops the auth app there'),
    });
    expect(await world.events(`dead-letters park ${place} ${stopped.offset} --yes`)).toMatchObject({ code: 0 });
    const target = `${world.auths.topic}/${stopped.partition}@${stopped.offset}`;
    expect(await world.lastCommand('park')).toMatchObject({ actor: 'operator', target });
    // The consumer looks again every 15 s, as the spec of the strategy shows, and at its start.
    await restartAuth();
    await world.gateway.update(id, { first_name: 'Later', email: world.address() });
    await world.gateway.update(id, { password: 'another good one' });
    await eventually(async () => expect((await world.auth.login(id)).body.data.version).toBe(3));
    await eventually(async () => expect((await world.auth.health()).parts.consumer.stopped).toEqual([]));
    expect([await signIn(email), await signIn(email, 'another good one')]).toEqual([401, 401]);
    const [letter] = await readTopic(world.auths.brokers, world.auths.deadLetters, { key: String(id), count: 1 });
    // A rebuild meets the parked record again, with the same result.
    const { result } = await world.eventsJson('rebuild auth --dry-run', keys);
    expect(result).toMatchObject({
      comparison: { different: 0, older: 0, newer: 0, missing: 0, unknown: 0 },
      records: { deadLettered: 1 },
    });
    expect(letter!.headers['dl_reason']).toMatch(/^Parked by an operator\. UnknownCredentialKey/);
  });

  it('when 30 bad records in a row were passed with one restart of a release that forgot them / a rebuild passes them too', async () => {
    const keys = { CREDENTIAL_PRIVATE_KEYS: bothKeys() };
    await world.loginOf(PASSWORD);
    const { records: before } = (await world.eventsJson('rebuild auth --dry-run', keys)).result;
    const sendJunk = (count: number) =>
      world.auths.send(...Array.from({ length: count }, () => ({ key: 'junk', value: 'no event' })));
    const lagIs0 = () =>
      eventually(async () => expect((await world.auth.health()).parts.lag.records).toBe(0), { timeoutMs: 60_000 });
    await sendJunk(5);
    await lagIs0();
    await world.auths.stop(world.auth);
    await authSql('update consumer_offset set failure_streak = 0');
    await restartAuth();
    await sendJunk(25);
    const { partition, offset } = await eventually(async () => {
      const [first] = (await world.auth.health()).parts.consumer.stopped;
      expect(first).toMatchObject({ reason: expect.stringMatching(/^One after another/) });
      return first as { partition: number; offset: number };
    });
    // The twentieth since the restart; it is the twenty-fifth of the log, where a rebuild counts from.
    expect(await world.events(`dead-letters park --partition ${partition} --offset ${offset} --yes`)).toMatchObject({ code: 0 });
    await restartAuth();
    await lagIs0();
    const { code, result } = await world.eventsJson('rebuild auth --dry-run', keys);
    expect([code, result.records.deadLettered]).toEqual([0, before.deadLettered + 30]);
  });
});

describe('events verify of a topic without marks', () => {
  it.each<[string, (genuine: { value: string | null; headers: Record<string, string> }) => object]>([
    ['one that is no event', ({ headers }) => ({ value: 'not JSON', headers })],
    [
      'an unknown event',
      ({ value, headers }) => ({ value, headers: { ...headers, ce_type: 'contact-sync.PortalLoginRenamed.v1' } }),
    ],
  ])(
    "when %s stands behind a login's newest version / finds it, and the repair publishes the login again",
    async (_, foreign) => {
      const { id } = await world.loginOf(PASSWORD);
      const [genuine] = await world.gateway.records('portal-logins.v1', id, 1);
      await world.auths.send({ key: String(id), ...foreign(genuine as never) } as Message);
      const kindsOf = ({ differences }: any) => differences.find(({ contactId }: any) => contactId === id)?.kinds;
      expect(kindsOf((await world.eventsJson('verify')).result)).toEqual(['topic-overtaken']);
      expect(kindsOf((await world.eventsJson('verify --repair --yes')).result)).toBeUndefined();
      const last = (await world.gateway.records('portal-logins.v1', id, 3)).at(-1)!;
      expect(JSON.parse(last.value!)).toMatchObject({ version: 2, changes: [] });
    },
  );
});

describe('a swap of the logins', () => {
  it('when a record that can never be applied comes while the auth app is away / the auth app makes it a dead letter later', async () => {
    const { id } = await world.loginOf(PASSWORD);
    const key = String(id);
    await world.auths.stop(world.auth);
    await world.auths.send({ key, value: 'no event' });
    expect(await world.eventsJson('rebuild auth --yes', { CREDENTIAL_PRIVATE_KEYS: bothKeys() })).toMatchObject({ code: 0 });
    await restartAuth();
    const letters = await readTopic(world.auths.brokers, world.auths.deadLetters, { key, count: 1 });
    expect(letters).toHaveLength(1);
  });
});
