import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { TcpProxy } from '#app/system';
import { createTestDatabase, testServers, type TestDatabase } from '#app/system/testing';
import type pg from 'pg';
import { isTransientDatabaseError } from './postgres-errors.js';
import { connect, withoutTimeout } from './postgres-client.js';

const NAME = 'silence spec';
const SILENCE_MS = 200;
let database: TestDatabase;
let proxy: TcpProxy;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());
beforeEach(async () => {
  proxy = await TcpProxy.open(Number(new URL(testServers().adminUrl).port));
});
afterEach(async () => {
  await client?.end();
  await proxy?.close();
});

const open = async (answerMs?: number): Promise<pg.Client> => {
  const options = { url: proxy.through(database.url), applicationName: NAME, connectMs: 5_000, silenceMs: SILENCE_MS };
  return (client = await connect({ ...options, ...(answerMs !== undefined && { answerMs }) }));
};

describe('a statement without a time limit', () => {
  it('when the database falls silent / fails as one of a database that is away', async () => {
    await open();
    const answer = client.query('select pg_sleep(60)').catch((error: unknown) => error);
    await proxy.set('hold');
    expect(isTransientDatabaseError(await answer)).toBe(true);
  });

  it('when the database falls silent before it is sent / fails as well', async () => {
    await open();
    await client.query('select 1');
    await proxy.set('hold');
    await expect(client.query('select 1')).rejects.toThrow(/terminated/);
  });

  it('when the database is only slow / is answered', async () => {
    await open();
    const { rows } = await client.query<{ slept: boolean }>(`select pg_sleep(${(6 * SILENCE_MS) / 1_000}) is not null as slept`);
    expect(rows).toEqual([{ slept: true }]);
  });

  it('when the database is silent for a moment alone / is answered', async () => {
    await open();
    const answer = client.query<{ slept: boolean }>(`select pg_sleep(${(8 * SILENCE_MS) / 1_000}) is not null as slept`);
    await sleep(SILENCE_MS);
    await proxy.set('hold');
    // One question goes unanswered.
    await sleep(2 * SILENCE_MS);
    await proxy.set('pass');
    expect((await answer).rows).toEqual([{ slept: true }]);
  });

  it('on a connection that has one for others / is limited by silence alone', async () => {
    await open(SILENCE_MS);
    await withoutTimeout(() => client.query(`select pg_sleep(${(3 * SILENCE_MS) / 1_000})`));
    const answer = withoutTimeout(() => client.query('select pg_sleep(60)'));
    await proxy.set('hold');
    await expect(answer).rejects.toThrow(/terminated/);
  });
});
