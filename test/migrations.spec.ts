import type { Migration } from '@mikro-orm/migrations';
import { describe, expect, it } from '@jest/globals';
import { migrations as authMigrations } from '../apps/auth/src/database/migrations.js';
import { migrations as gatewayMigrations } from '../apps/gateway/src/database/migrations.js';

/** The last migrations of release 1.0.0, which never change. */
const RELEASED = { gateway: '0009', auth: '0004' } as const;
/** Requests wait behind a migration that waits for a lock. */
const LONGEST_LOCK_MS = 500;

type MigrationClass = new (...args: never[]) => Migration;

/** What one statement breaks of the rules in docs/upgrade.md. */
function defectsOf(statements: readonly string[], isTransactional: boolean): string[] {
  const created = new Set<string>();
  let lockMs = Infinity;
  return statements.flatMap((text) => {
    const sql = text.replace(/\s+/g, ' ').trim().toLowerCase();
    lockMs = lockTimeoutOf(sql) ?? lockMs;
    const table = /^create (?:unlogged )?table (\w+)/.exec(sql)?.[1];
    if (table !== undefined) created.add(table);
    const existing = tablesOf(sql).filter((name) => !created.has(name));
    if (existing.length === 0) return [];
    const isConcurrent = /^(create (unique )?|drop )index concurrently if (not )?exists /.test(sql);
    const tell = (broken: boolean, rule: string): string[] => (broken ? [`${rule}: ${sql.slice(0, 80)}`] : []);
    return [
      ...tell(
        /^(create (unique )?|drop )index/.test(sql) && (!isConcurrent || isTransactional),
        'an index of an existing table is made concurrently, if not exists, in a migration without a transaction',
      ),
      ...tell(!isConcurrent && lockMs > LONGEST_LOCK_MS, `a lock is waited for ${LONGEST_LOCK_MS} ms at most`),
      ...tell(
        /^(update|delete|insert)/.test(sql),
        'rows of an existing table are changed in parts by the app, not by a migration',
      ),
      ...tell(
        /add column .*(default (clock_timestamp|now|random|gen_random_uuid|nextval)|generated always as \()/.test(sql),
        'a new column rewrites no row',
      ),
      ...tell(/add constraint(?!.* not valid)|set not null/.test(sql), 'a rule is added as not valid'),
    ];
  });
}

function lockTimeoutOf(sql: string): number | undefined {
  const [, amount, unit] = /^set local lock_timeout = '(\d+)(ms|s)'$/.exec(sql) ?? [];
  return amount === undefined ? undefined : Number(amount) * (unit === 's' ? 1_000 : 1);
}

/** The tables that a statement locks or writes. */
const tablesOf = (sql: string): string[] =>
  [
    /^alter table (?:if exists )?(?:only )?(\w+)/,
    /^create (?:unique )?index (?:concurrently )?(?:if not exists )?\w* ?on (\w+)/,
    /^(?:drop index|alter index) (?:concurrently )?(?:if exists )?(\w+)/,
    /^create trigger .* on (\w+)/,
    /^(?:update|delete from|insert into) (\w+)/,
    /^create (?:unlogged )?table .* references (\w+)/,
  ].flatMap((pattern) => pattern.exec(sql)?.[1] ?? []);

async function statementsOf(Class: MigrationClass): Promise<{ statements: string[]; isTransactional: boolean }> {
  const migration = new (Class as new (...args: unknown[]) => Migration)({}, {});
  await migration.up();
  return { statements: migration.getQueries().map(String), isTransactional: migration.isTransactional() };
}

const unreleased = [
  ...gatewayMigrations.filter(({ name }) => name > `${RELEASED.gateway}~`).map((each) => ({ app: 'gateway', ...each })),
  ...authMigrations.filter(({ name }) => name > `${RELEASED.auth}~`).map((each) => ({ app: 'auth', ...each })),
];

describe('a migration beside a running release', () => {
  it.each(unreleased)('when it is $name of $app / it keeps the rules', async ({ class: Class }) => {
    const { statements, isTransactional } = await statementsOf(Class);
    expect(statements.length).toBeGreaterThan(0);
    expect(defectsOf(statements, isTransactional)).toEqual([]);
  });

  it.each([
    ['an index that locks the table', ['create index contact_phone on contact (phone_1)']],
    ['a concurrent index in a transaction', ['create index concurrently if not exists contact_phone on contact (phone_1)']],
    ['an index that cannot be made again', ['create index concurrently contact_phone on contact (phone_1)'], false],
    ['a lock without a limit', ['alter table contact add column planted text']],
    ['a lock with a long limit', [`set local lock_timeout = '5s'`, 'alter table contact add column planted text']],
    ['a trigger without a limit', ['create trigger t after insert on contact for each row execute function f()']],
    ['a reference without a limit', ['create table note (contact_id bigint references contact)']],
    ['a backfill', [`set local lock_timeout = '500ms'`, `update contact set email_key = lower(email)`]],
    [
      'a default that rewrites the table',
      [`set local lock_timeout = '500ms'`, 'alter table contact add column seen timestamptz default clock_timestamp()'],
    ],
    ['a rule that reads the table', [`set local lock_timeout = '500ms'`, 'alter table contact add constraint c check (id > 0)']],
  ] as [string, string[], boolean?][])('when it has %s / the check reports it', (_, statements, isTransactional = true) => {
    expect(defectsOf(statements, isTransactional)).not.toEqual([]);
  });
});
