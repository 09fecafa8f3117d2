import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PostgresClient } from '#app/postgres';
import { createMigratedDatabase, eventually, type MigratedDatabase } from '#app/system/testing';
import { ormOptions } from '../orm.js';
import { ExportSession } from './export-session.js';

let database: MigratedDatabase;

beforeAll(async () => {
  database = await createMigratedDatabase('gateway without rows', ormOptions);
});
afterAll(() => database?.drop());
afterEach(() => void jest.restoreAllMocks());

const open = () => ExportSession.open(database.url, database.orm.em.getKysely(), 600_000);
const sessions = () =>
  database.orm.em
    .fork()
    .execute(
      `select state from pg_stat_activity where datname = current_database() and application_name = 'contact-sync gateway exports'`,
    );

describe('ExportSession.open', () => {
  it.each([/^begin/, /^select 1$/])('when %s fails / rejects, and leaves no connection', async (failing) => {
    const query = Reflect.get(PostgresClient.prototype, 'query') as (...args: unknown[]) => unknown;
    jest.spyOn(PostgresClient.prototype, 'query').mockImplementation(function (this: PostgresClient, ...[text, ...rest]) {
      return query.call(this, failing.test(String(text)) ? 'select 1/0' : text, ...rest);
    });
    await expect(open()).rejects.toThrow('division by zero');
    await eventually(async () => expect(await sessions()).toEqual([]));
  });

  it('when both are answered / has one connection, until it is closed', async () => {
    const session = await open();
    expect(await sessions()).toEqual([{ state: 'idle in transaction' }]);
    await session.close();
    await eventually(async () => expect(await sessions()).toEqual([]));
  });
});
