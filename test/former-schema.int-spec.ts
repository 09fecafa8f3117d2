import { MikroORM, type Options } from '@mikro-orm/postgresql';
import { describe, expect, it } from '@jest/globals';
import { migrate } from '#app/postgres';
import { createTestDatabase } from '#app/system/testing';
import pg from 'pg';
import { ormOptions as authOptions } from '../apps/auth/src/database/orm.js';
import { ormOptions as gatewayOptions } from '../apps/gateway/src/orm.js';
import { breaksOf, readSchema } from './former-schema.js';

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
    'alter table contact add column job_title text not null',
    'contact.job_title is new and must be given',
  ],
  [
    'a default is dropped',
    'alter table outbox alter column created_at drop default',
    'outbox.created_at has no default any more',
  ],
  ['a check is added', 'alter table company add check (length(name) < 9)', 'a new rule: company: CHECK ((length(name) < 9))'],
  ['values must be unique', 'create unique index on company (phone)', 'a new rule: company: UNIQUE btree (phone)'],
];

/** Migrates an empty database, by way of the former release's schema. */
async function migrated(
  app: 'gateway' | 'auth',
  changes: readonly string[] = [],
): Promise<{ found: string[]; breaks: string[][] }> {
  const database = await createTestDatabase();
  const orm = await MikroORM.init(OPTIONS[app](database.url));
  const sql = new pg.Client({ connectionString: database.url });
  try {
    await sql.connect();
    await orm.migrator.up({ to: LAST_OF_FORMER[app] });
    const former = await readSchema(sql);
    await migrate(orm);
    const current = await readSchema(sql);
    const breaks: string[][] = [];
    for (const change of changes) {
      await sql.query('begin');
      await sql.query(change);
      breaks.push(breaksOf(former, await readSchema(sql)));
      await sql.query('rollback');
    }
    return { found: breaksOf(former, current), breaks };
  } finally {
    await sql.end();
    await orm.close();
    await database.drop();
  }
}

describe('a database that this release has migrated', () => {
  it.each(['gateway', 'auth'] as const)(
    'when release 1.0.0 of the %s still runs on it / nothing that it uses is gone or stricter',
    async (app) => {
      expect((await migrated(app)).found).toEqual([]);
    },
  );

  it('when a migration breaks the release before / each kind of break is found', async () => {
    const { breaks } = await migrated(
      'gateway',
      BREAKING.map(([, change]) => change),
    );
    expect(breaks).toEqual(BREAKING.map(([, , found]) => [found]));
  });
});
