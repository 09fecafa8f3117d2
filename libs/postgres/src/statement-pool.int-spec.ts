import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#app/system/testing';
import { errorCodeOf, RetryTransaction } from './postgres-errors.js';
import { StatementPool, type StatementTransaction } from './statement-pool.js';

let database: TestDatabase;
let pool: StatementPool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new StatementPool({ url: database.url, applicationName: 'statement-pool spec', poolMax: 1 });
  await pool.query({ name: 'create', text: 'create table kept (n int primary key)' }, []);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

const insert = (transaction: StatementTransaction, n: number): void =>
  void transaction.query({ name: 'insert', text: 'insert into kept values ($1)' }, [n]);
const kept = async () =>
  (await pool.query<{ n: number }>({ name: 'all', text: 'select n from kept order by n' }, [])).map(({ n }) => n);

describe('StatementPool', () => {
  it('when a transaction ends / the statements that were sent are committed with it', async () => {
    await pool.transaction(async (transaction) => {
      insert(transaction, 1);
      insert(transaction, 2);
      return Promise.resolve();
    });
    expect(await kept()).toEqual([1, 2]);
  });

  it('when a statement that is not awaited fails / nothing is stored, its own error is thrown, and the connection stays usable', async () => {
    const failed = pool.transaction(async (transaction) => {
      insert(transaction, 3);
      insert(transaction, 1);
      return transaction.query('select 1');
    });
    await expect(failed.catch(errorCodeOf)).resolves.toBe('23505');
    expect(await kept()).toEqual([1, 2]);
  });

  it('when the first use of a prepared statement fails / the same connection can use it again', async () => {
    const insertChecked = (n: number) =>
      pool.transaction((transaction) =>
        transaction.query(
          { name: 'insert-checked', text: 'insert into kept select n from generate_series($1::int, $1::int) n' },
          [n],
        ),
      );
    const pid = () => pool.query<{ pid: number }>({ name: 'pid', text: 'select pg_backend_pid() as pid' }, []);
    const before = await pid();
    await expect(insertChecked(1).catch(errorCodeOf)).resolves.toBe('23505');
    await expect(insertChecked(1).catch(errorCodeOf)).resolves.toBe('23505');
    await insertChecked(20);
    expect(await pid()).toEqual(before);
    expect(await kept()).toContain(20);
    await pool.query({ name: 'delete', text: 'delete from kept where n = $1' }, [20]);
  });

  it('when two statements have one name / the second is refused', async () => {
    const run = (text: string) => pool.transaction((transaction) => transaction.query({ name: 'one name', text }));
    await run('select 1 as n');
    await expect(run('select 2 as n')).rejects.toThrow("one name is another statement's name.");
    await expect(run('select 1 as n')).resolves.toEqual([{ n: 1 }]);
  });

  it('when a statement is sent on a connection again / its rows are read as the first time', async () => {
    const text = `select $1::bigint as id, $2::text[] as names, $3::json as data, null::int as nothing, true as yes,
      timestamptz '2026-01-02T03:04:05.678Z' as at, n from generate_series(1, 2) n`;
    const values = [7, ['a"b', 'c\\d', null, 'e,f'], { a: [1] }];
    const read = () => pool.transaction((transaction) => transaction.query({ name: 'typed', text }, values));
    const expected = [1, 2].map((n) => ({
      id: '7',
      names: ['a"b', 'c\\d', null, 'e,f'],
      data: { a: [1] },
      nothing: null,
      yes: true,
      at: new Date('2026-01-02T03:04:05.678Z'),
      n,
    }));
    expect(await read()).toEqual(expected);
    expect(await read()).toEqual(expected);
  });

  it('when a value is a list / the database reads what was sent', async () => {
    const texts = ['', 'plain', 'a"b', 'c\\d', '\\"', 'e,f', '{g}', 'NULL', 'null', ' padded ', 'two\nlines', 'Ž🐎', null];
    const numbers = [0, -1, 2 ** 53 - 1, 1.5, null];
    const text = 'select $1::text[] as texts, $2::float8[] as numbers, $3::text[] as none, $4::bool[] as flags';
    const rows = await pool.transaction((transaction) => transaction.query(text, [texts, numbers, [], [true, null]]));
    expect(rows).toEqual([{ texts, numbers, none: [], flags: [true, null] }]);
  });

  it('when statements are sent in one turn / they share a round trip with begin or with commit', async () => {
    const before = { ...pool.counts };
    await pool.transaction(async (transaction) => {
      await Promise.all([transaction.query('select 1'), transaction.query('select 2')]);
      void transaction.query('select 3');
    });
    const { transactions, statements, roundTrips } = pool.counts;
    expect([transactions - before.transactions, statements - before.statements, roundTrips - before.roundTrips]).toEqual([
      1, 5, 2,
    ]);
  });

  it('when the work itself fails / its statements are rolled back', async () => {
    const failed = pool.transaction((transaction) => {
      insert(transaction, 4);
      return Promise.reject(new Error('decided otherwise'));
    });
    await expect(failed).rejects.toThrow('decided otherwise');
    expect(await kept()).toEqual([1, 2]);
  });

  it('when the work asks for it / the transaction runs again', async () => {
    let runs = 0;
    await pool.transaction((transaction) => {
      insert(transaction, 5);
      return ++runs < 3 ? Promise.reject(new RetryTransaction()) : Promise.resolve();
    });
    expect(runs).toBe(3);
    expect(await kept()).toEqual([1, 2, 5]);
  });

  it('when the server ends the connection between two statements / the transaction fails, and the process and the pool go on', async () => {
    const other = new StatementPool({ url: database.url, applicationName: 'statement-pool spec', poolMax: 1 });
    const failed = pool.transaction(async (transaction) => {
      const [row] = await transaction.query<{ pid: number }>('select pg_backend_pid() as pid');
      await other.query({ name: 'end', text: 'select pg_terminate_backend($1)' }, [row!.pid]);
      // The server's message arrives while no statement waits for an answer.
      await sleep(100);
      return transaction.query('select 1');
    });
    await expect(failed).rejects.toThrow();
    expect(await kept()).toEqual([1, 2, 5]);
    await other.end();
  });
});
