import { MikroORM } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, eventually, testServers, type TestDatabase } from '#app/system/testing';
import pg from 'pg';
import { poolOf } from './pool.js';
import { connect } from './postgres-client.js';
import { connectionDefectOf, isDatabaseAway } from './postgres-errors.js';
import { postgresOptions } from './postgres-options.js';
import { applySettings } from './session-settings.js';

const NAME = 'session spec';
let database: TestDatabase;
let admin: pg.Client;
let name: string;

beforeAll(async () => {
  database = await createTestDatabase();
  name = new URL(database.url).pathname.slice(1);
  admin = new pg.Client({ connectionString: testServers().adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await database?.drop();
});

const ormOn = (url: string): Promise<MikroORM> =>
  MikroORM.init({
    ...postgresOptions({ url, applicationName: NAME, poolMax: 2 }),
    entities: [],
    discovery: { warnWhenNoEntities: false },
    logger: () => undefined,
  });

describe('a session', () => {
  const HOSTILE = [
    `default_transaction_isolation = 'repeatable read'`,
    `"TimeZone" = 'Asia/Tokyo'`,
    `"DateStyle" = 'SQL, DMY'`,
    'standard_conforming_strings = off',
    'synchronous_commit = off',
    'statement_timeout = 0',
    `search_path = 'elsewhere'`,
    'array_nulls = off',
    'gin_fuzzy_search_limit = 1',
    `idle_session_timeout = '1s'`,
    `transaction_timeout = '1s'`,
  ];

  it('when the database has other settings / has those that the code needs', async () => {
    for (const setting of HOSTILE) await admin.query(`alter database ${name} set ${setting}`);
    const orm = await ormOn(database.url);
    try {
      const [row] = await orm.em.execute(`select current_setting('default_transaction_isolation') as isolation,
        current_setting('TimeZone') as zone, current_setting('DateStyle') as dates, current_setting('search_path') as path,
        current_setting('standard_conforming_strings') as strings, current_setting('synchronous_commit') as durable,
        current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
        current_setting('array_nulls') as nulls, current_setting('gin_fuzzy_search_limit') as found,
        current_setting('idle_session_timeout') as idle, current_setting('transaction_timeout') as transaction`);
      expect(row).toEqual({
        isolation: 'read committed',
        zone: 'UTC',
        dates: 'ISO, MDY',
        path: 'public',
        strings: 'on',
        durable: 'on',
        statement: '1600ms',
        lock: '1500ms',
        nulls: 'on',
        found: '0',
        idle: '0',
        transaction: '0',
      });
    } finally {
      await orm.close();
      await admin.query(`alter database ${name} reset all`);
    }
  });

  it('when the URL names a search path / keeps it', async () => {
    const client = await connect({
      url: `${database.url}?options=-c%20search_path%3Dcrm`,
      applicationName: NAME,
      connectMs: 2_000,
    });
    expect((await client.query('show search_path')).rows).toEqual([{ search_path: 'crm' }]);
    await client.end();
  });
});

describe('applySettings', () => {
  it('when the server is too old for a setting / sets the others', async () => {
    const applied = await applySettings(admin, {
      setting_of_a_later_version: '1',
      lock_timeout: '7ms',
      'contact_sync.spec': 'on',
    });
    expect(applied).toEqual([
      { name: 'lock_timeout', value: '7ms' },
      { name: 'contact_sync.spec', value: 'on' },
    ]);
    await admin.query('reset lock_timeout');
  });
});

async function expectRefusal(url: string, defect: RegExp): Promise<void> {
  const orm = await ormOn(url);
  const errors = await Promise.all([
    orm.em.execute('select 1').catch((error: unknown) => error),
    connect({ url, applicationName: NAME, connectMs: 2_000 }).catch((error: unknown) => error),
  ]).finally(() => orm.close());
  for (const error of errors)
    expect([isDatabaseAway(error), connectionDefectOf(error)]).toEqual([true, expect.stringMatching(defect)]);
}

describe('a connection of the pool', () => {
  it('when the server has become read-only / is closed, and the next one serves', async () => {
    const orm = await ormOn(database.url);
    await orm.em.execute('create table written (id int)');
    try {
      // The session stays read-only, as one that was opened before a fail-over; new ones are not.
      await orm.em.execute('set session characteristics as transaction read only');
      await expect(orm.em.fork().execute('insert into written values (1)')).rejects.toMatchObject({ code: '25006' });
      await eventually(async () => expect((await poolOf(orm.em)).open).toBe(0));
      await orm.em.fork().execute('insert into written values (2)');
    } finally {
      await orm.close();
    }
  });

  it('when the database accepts no connections / means that the database is away, and says what to do', async () => {
    await admin.query(`alter database ${name} allow_connections false`);
    await expectRefusal(database.url, /allow_connections/);
    await admin.query(`alter database ${name} allow_connections true`);
  });

  it('when its user may not connect to the database / means that the database is away, and says what to do', async () => {
    await admin.query(`create role ${name}_stranger login password 'spec'; revoke connect on database ${name} from public`);
    const url = Object.assign(new URL(database.url), { username: `${name}_stranger`, password: 'spec' });
    await expectRefusal(url.href, /grant its role connect/);
    await admin.query(`grant connect on database ${name} to public; drop role ${name}_stranger`);
  });

  it('when it asks for TLS and the server does not offer it / fails, and sends nothing unencrypted', async () => {
    const orm = await ormOn(`${database.url}?sslmode=require`);
    try {
      await expect(orm.em.execute('select 1')).rejects.toThrow(/does not support SSL/);
    } finally {
      await orm.close();
    }
  });

  it('when the database URL has an IPv6 address / connects to it', async () => {
    const orm = await ormOn(Object.assign(new URL(database.url), { hostname: '[::1]' }).href);
    try {
      // The embedded server listens on IPv4 alone: what matters is that the address is not looked up as a name.
      await expect(orm.em.execute('select 1')).rejects.not.toMatchObject({ code: 'ENOTFOUND' });
    } finally {
      await orm.close();
    }
  });
});
