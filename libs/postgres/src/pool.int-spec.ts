import { MikroORM } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setImmediate as nextPass } from 'node:timers/promises';
import pg from 'pg';
import { withinDeadline } from '#app/timing';
import { createTestDatabase, eventually, type TestDatabase } from '#app/system/testing';
import { forgetDeadConnections, poolOf } from './pool.js';
import { postgresOptions } from './postgres-options.js';
import { inTransaction } from './transaction.js';

const POOL_MAX = 2;
let database: TestDatabase;
let orm: MikroORM;

beforeAll(async () => {
  database = await createTestDatabase({ templateKey: 'pool', migrate: () => Promise.resolve() });
  const options = postgresOptions({ url: database.url, applicationName: 'pool spec', poolMax: POOL_MAX });
  orm = await MikroORM.init({ ...options, entities: [], discovery: { warnWhenNoEntities: false }, logger: () => undefined });
});
afterAll(async () => {
  await orm?.close();
  await database?.drop();
});

it('when more connections than the pool has places are lost within transactions / the pool loses no place', async () => {
  for (let time = 0; time <= POOL_MAX; time++) {
    const lost = inTransaction(orm.em, (em) => em.execute('select pg_terminate_backend(pg_backend_pid())'));
    await expect(lost).rejects.toMatchObject({ code: '57P01' });
  }
  await expect(inTransaction(orm.em, (em) => em.execute('select 1 as one'))).resolves.toEqual([{ one: 1 }]);
  await eventually(async () => expect(await poolOf(orm.em)).toEqual({ open: 1, idle: 1, waiting: 0 }));
});

it('when a connection is being opened while the pool is closed / closing ends', async () => {
  const options = postgresOptions({ url: database.url, applicationName: 'pool spec, closed', poolMax: POOL_MAX });
  const closed = await MikroORM.init({
    ...options,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    logger: () => undefined,
  });
  // One more than are open already.
  const work = Array.from({ length: POOL_MAX }, () => inTransaction(closed.em, (em) => em.execute('select 1')));
  const ended = Promise.allSettled(work);
  await nextPass();
  await withinDeadline(closed.close(), 10_000, () => new Error('The pool is still open.'));
  await ended;
});

it('when the pool is closed while it opens a connection that nobody waits for any more / closing ends', async () => {
  let connections = 0;
  const closing = Promise.withResolvers<void>();
  const options = {
    connectionString: database.url,
    max: 1,
    // The connection in place of a lost one opens once the pool is being closed.
    onConnect: () => (connections++ === 0 ? Promise.resolve() : closing.promise),
  };
  const pool = new pg.Pool(options);
  pool.on('error', () => undefined);
  forgetDeadConnections(pool);
  const lost = await pool.connect();
  lost.on('error', () => undefined);
  // For the one that waits; a busy machine may open the first one late.
  pool.options.connectionTimeoutMillis = 500;
  const waiting = pool.connect();
  await lost.query('select pg_terminate_backend(pg_backend_pid())').catch(() => undefined);
  await expect(waiting).rejects.toThrow('timeout exceeded when trying to connect');
  await eventually(() => expect(connections).toBe(2));
  const closed = withinDeadline(pool.end(), 10_000, () => new Error('The pool is still open.'));
  closing.resolve();
  await closed;
  expect(pool.totalCount).toBe(0);
});

it('when a statement gets no answer / it is given up in time, with its connection', async () => {
  const silent = inTransaction(orm.em, async (em) => {
    await em.execute('set local statement_timeout = 0');
    await em.execute('select pg_sleep(20)');
  });
  const startedAt = performance.now();
  await expect(silent).rejects.toThrow('Query read timeout');
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  await eventually(async () => expect((await poolOf(orm.em)).open).toBe(0));
});
