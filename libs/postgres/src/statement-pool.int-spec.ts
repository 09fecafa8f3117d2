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
