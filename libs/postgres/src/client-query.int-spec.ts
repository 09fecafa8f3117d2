import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#app/system/testing';
import type pg from 'pg';
import { clientConfig, PostgresClient } from './postgres-client.js';

const run = promisify(execFile);
/** Rows that are kept cost 90 bytes and more each, others less than one. */
const MOST_BYTES = 30;

/** Bytes that reads add to the old generation, per row, after some reads to warm up. A process of its own, since jest's keeps more. */
const READER = `
  const { getHeapSpaceStatistics } = await import('node:v8');
  const { clientConfig, PostgresClient, StatementTransaction } = await import(${JSON.stringify(resolve('dist/libs/postgres/src/index.js'))});
  const [url, way] = process.argv.slice(1);
  const client = new PostgresClient({ ...clientConfig({ url, applicationName: 'spec', connectMs: 9_000, answerMs: 60_000 }), pipeline: true });
  await client.connect();
  const text = "select n as id, 'a text of a row ' || n as text, now() as at from generate_series(1, 64) n";
  const read = {
    promise: async () => (await client.query(text)).rows,
    callback: () => new Promise((resolve) => client.query(text, (_, { rows }) => resolve(rows))),
    group: () => new StatementTransaction(client).query({ name: 'rows', text }),
  }[way];
  const oldBytes = () => getHeapSpaceStatistics().find((space) => space.space_name === 'old_space').space_used_size;
  for (let reads = 0; reads < 700; reads++) await read();
  let [rows, grown, last] = [0, 0, oldBytes()];
  for (let reads = 0; reads < 1_000; reads++) {
    rows += (await read()).length;
    const now = oldBytes();
    grown += Math.max(0, now - last);
    last = now;
  }
  console.log(JSON.stringify({ rows, bytes: grown / rows }));
  await client.end();
`;

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase({ templateKey: 'client query', migrate: () => Promise.resolve() });
});
afterAll(() => database?.drop());
beforeEach(async () => {
  const config = clientConfig({ url: database.url, applicationName: 'client-query spec', connectMs: 5_000, answerMs: 60_000 });
  client = new PostgresClient({ ...config, pipeline: true });
  await client.connect();
});
afterEach(() => client.end());

describe('rows that nobody holds any more', () => {
  it.each(['promise', 'callback', 'group'])('when a %s gave them / do not reach the old generation', async (way) => {
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', READER, database.url, way]);
    const { rows, bytes } = JSON.parse(stdout) as { rows: number; bytes: number };
    expect(rows).toBe(64_000);
    expect(bytes).toBeLessThan(MOST_BYTES);
  });
});

describe('a statement of a connection', () => {
  it('when its configuration is used again / is sent again, with values of its own', async () => {
    const config = { name: 'same', text: 'select $1::int as n' };
    const answers = await Promise.all([1, 2].map((n) => client.query<{ n: number }>(config, [n])));
    expect(answers.map(({ rows }) => rows)).toEqual([[{ n: 1 }], [{ n: 2 }]]);
    expect(config).toEqual({ name: 'same', text: 'select $1::int as n' });
  });

  it('when it fails / is rejected with a stack trace that leads to its caller', async () => {
    async function theCaller(): Promise<void> {
      await client.query('select 1 / 0');
    }
    await expect(theCaller()).rejects.toMatchObject({ code: '22012', stack: expect.stringContaining('theCaller') });
  });

  it('when it has no answer in time / is rejected once, and the connection ends', async () => {
    const ended = new Promise((resolve) => client.once('end', resolve));
    const errors: unknown[] = [];
    client.query({ text: 'select pg_sleep(30)', query_timeout: 50 } as pg.QueryConfig, (error: Error) => errors.push(error));
    const behind = client.query('select 1');
    await expect(behind).rejects.toThrow(/terminated/);
    await ended;
    expect(errors).toEqual([expect.objectContaining({ message: 'Query read timeout' })]);
  });
});
