import { MikroORM, type Options } from '@mikro-orm/postgresql';
import { describe, expect, it } from '@jest/globals';
import { migrate } from '#app/postgres';
import { createTestDatabase } from '#app/system/testing';
import pg from 'pg';
import { ormOptions as authOptions } from '../apps/auth/src/database/orm.js';
import { ormOptions as gatewayOptions } from '../apps/gateway/src/orm.js';
import { breaksOf, readSchema, type Schema } from './former-schema.js';

/** The last migration of release 1.0.0, beside which this release runs during an upgrade (docs/upgrade.md). */
const LAST_OF_FORMER = { gateway: '0009-complete-api-tokens', auth: '0004-create-dead-letter-outcomes' };
const OPTIONS: Record<'gateway' | 'auth', (url: string) => Options> = { gateway: gatewayOptions, auth: authOptions };

/** Changes of the schema that a running gateway of the release before does not survive. */
const BREAKING: [string, string, string][] = [
  ['a column is dropped', 'alter table contact drop column phone_2', 'contact.phone_2 is gone'],
  ['a column is renamed', 'alter table contact rename column phone_2 to fax', 'contact.phone_2 is gone'],
  ['a type changes', 'alter table outbox alter column key type varchar(64)', 'outbox.key was text, is character varying(64)'],
  [
    'a column must have a value',
    'alter table idempotency_key alter column meaning set not null',
    'idempotency_key.meaning is new and must be given',
  ],
  [
    'a new column has no default',
    'alter table contact add column planted text not null',
    'contact.planted is new and must be given',
  ],
  [
    'a default is dropped',
    'alter table outbox alter column created_at drop default',
    'outbox.created_at has no default any more',
  ],
  ['a check is added', 'alter table company add check (length(name) < 9)', 'a new rule: company: CHECK ((length(name) < 9))'],
  ['values must be unique', 'create unique index on company (phone)', 'a new rule: company: UNIQUE btree (phone)'],
];

type App = 'gateway' | 'auth';

/** Works on a database that was migrated by way of the former release's schema. */
async function onMigrated<T>(app: App, work: (sql: pg.Client, former: Schema) => Promise<T>): Promise<T> {
  const database = await createTestDatabase();
  const orm = await MikroORM.init(OPTIONS[app](database.url));
  const sql = new pg.Client({ connectionString: database.url });
  try {
    await sql.connect();
    await orm.migrator.up({ to: LAST_OF_FORMER[app] });
    const former = await readSchema(sql);
    await migrate(orm);
    return await work(sql, former);
  } finally {
    await sql.end();
    await orm.close();
    await database.drop();
  }
}

async function breaksAfter(sql: pg.Client, former: Schema, change: string): Promise<string[]> {
  await sql.query('begin');
  await sql.query(change);
  const breaks = breaksOf(former, await readSchema(sql));
  await sql.query('rollback');
  return breaks;
}

describe('a database that this release has migrated', () => {
  it.each(['gateway', 'auth'] as const)(
    'when release 1.0.0 of the %s still runs on it / nothing that it uses is gone or stricter',
    async (app) => {
      expect(await onMigrated(app, async (sql, former) => breaksOf(former, await readSchema(sql)))).toEqual([]);
    },
  );

  it('when a migration breaks the release before / each kind of break is found', async () => {
    const breaks = await onMigrated('gateway', async (sql, former) => {
      const found: string[][] = [];
      for (const [, change] of BREAKING) found.push(await breaksAfter(sql, former, change));
      return found;
    });
    expect(breaks).toEqual(BREAKING.map(([, , found]) => [found]));
  });

  it('when release 1.0.0 deletes a contact / its history is noted, and gateways of this release erase what is noted', async () => {
    const noted = await onMigrated('gateway', async (sql) => {
      await sql.query(`insert into contact (id, version, created_at, updated_at) values (7, 1, now(), now())`);
      await sql.query(
        `insert into contact_event (id, contact_id, type, version, created_at, request_id, changes)
           values (gen_random_uuid(), 7, 'ContactCreated', 1, now(), 'request', '{}')`,
      );
      // The statement of release 1.0.0: a foreign key's cascade took the history.
      await sql.query('delete from contact where id = 7');
      return (await sql.query<{ contact_id: string }>('select contact_id from deleted_contact')).rows;
    });
    expect(noted).toEqual([{ contact_id: '7' }]);
  });
});
