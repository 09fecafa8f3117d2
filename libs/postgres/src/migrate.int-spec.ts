import { setTimeout as sleep } from 'node:timers/promises';
import { Migration, Migrator } from '@mikro-orm/migrations';
import { defineConfig, MikroORM } from '@mikro-orm/postgresql';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#app/system/testing';
import pg from 'pg';
import { migrate } from './migrate.js';
import { isMigrated } from './migrated.js';
import { postgresOptions } from './postgres-options.js';

class ChangeFirst extends Migration {
  override up(): void {
    this.addSql('alter table first add column more text');
  }
}
class ChangeSecond extends Migration {
  override up(): void {
    this.addSql('alter table second add column more text');
  }
}

let database: TestDatabase;
let orm: MikroORM;
/** A running write of the release before. */
let write: pg.Client;

beforeEach(async () => {
  database = await createTestDatabase();
  write = new pg.Client({ connectionString: database.url });
  await write.connect();
  await write.query(
    'create table first (id int); create table second (id int); insert into first values (1); insert into second values (1)',
  );
  const migrationsList = [
    { name: '0001-first', class: ChangeFirst },
    { name: '0002-second', class: ChangeSecond },
  ];
  orm = await MikroORM.init(
    defineConfig({
      ...postgresOptions({ url: database.url, applicationName: 'migrate spec', poolMax: 4 }),
      entities: [],
      discovery: { warnWhenNoEntities: false },
      extensions: [Migrator],
      logger: () => undefined,
      migrations: { migrationsList, snapshot: false, transactional: true },
    }),
  );
});
afterEach(async () => {
  await orm.close();
  await write.end();
  await database.drop();
});

describe('migrations beside a running release', () => {
  it('when a write locks the tables in the other order / both are done, without a deadlock', async () => {
    await write.query('begin; update second set id = 2');
    const migrated = migrate(orm);
    await sleep(500);
    await write.query('update first set id = 2; commit');
    expect(await migrated).toEqual(['0001-first', '0002-second']);
  });

  it('when a table is locked for longer than a statement waits / tries again until it is free', async () => {
    await write.query('begin; update first set id = 2');
    const migrated = migrate(orm);
    await sleep(2_500);
    await write.query('commit');
    expect(await migrated).toEqual(['0001-first', '0002-second']);
  });

  it('when two set-ups begin at once / each migration is applied once, and both end well', async () => {
    const applied = await Promise.all([migrate(orm), migrate(orm)]);
    expect(applied.flat()).toEqual(['0001-first', '0002-second']);
  });

  it('when a migration is wrong / throws its error at once, and the ones before it stay', async () => {
    await write.query('alter table second rename to third');
    await expect(migrate(orm)).rejects.toThrow('does not exist');
    expect((await orm.migrator.getExecuted()).map(({ name }) => name)).toEqual(['0001-first']);
  });
});

describe('whether a database is migrated', () => {
  const isDone = (migrations: string[], isWhole?: () => Promise<boolean>): Promise<boolean> =>
    isMigrated(
      { url: database.url, applicationName: 'migrated spec', connectMs: 2_000 },
      { migrations, ...(isWhole && { isWhole }) },
    );

  it('when no migration was ever applied / is false, and nothing is asked beyond', async () => {
    expect(await isDone(['0001-first'], () => Promise.reject(new Error('asked')))).toBe(false);
  });

  it('when all are applied / is true, unless another one is wanted or the rest is not as wanted', async () => {
    await migrate(orm);
    expect(await isDone(['0001-first', '0002-second'])).toBe(true);
    expect(await isDone(['0001-first', '0002-second', '0003-third'])).toBe(false);
    expect(await isDone(['0001-first'], () => Promise.resolve(false))).toBe(false);
  });
});
