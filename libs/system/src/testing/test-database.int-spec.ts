import { afterEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, type DatabaseTemplate, type TestDatabase } from './test-database.js';
import { uniqueTopicPrefix } from './topic-prefix.js';

const made: TestDatabase[] = [];
afterEach(() => Promise.all(made.splice(0).map((database) => database.drop())));

async function make(template?: DatabaseTemplate): Promise<TestDatabase> {
  const database = await createTestDatabase(template);
  made.push(database);
  return database;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** A template that counts how often it was filled. */
function counted(): DatabaseTemplate & { filled: number } {
  const template = {
    filled: 0,
    templateKey: uniqueTopicPrefix(),
    migrate: async (url: string) => {
      template.filled += 1;
      await query(url, 'CREATE TABLE item (name text); INSERT INTO item VALUES ($$from the template$$)');
    },
  };
  return template;
}

describe('a test database', () => {
  it('when it is made / is empty, and shares nothing with another one', async () => {
    const [one, other] = [await make(), await make()];
    await query(one.url, 'CREATE TABLE item (name text)');
    await expect(query(other.url, 'SELECT * FROM item')).rejects.toThrow('does not exist');
  });

  it('when it is made / its owner is not a superuser', async () => {
    const { url } = await make();
    expect(await query(url, 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')).toEqual([{ rolsuper: false }]);
  });

  it('when it is dropped / is gone, although a client is still connected', async () => {
    const { url, drop } = await createTestDatabase();
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    await drop();
    await expect(query(url, 'SELECT 1')).rejects.toThrow('does not exist');
    await client.end().catch(() => undefined);
  });
});

describe('a template', () => {
  it('when several ask for it at once / is filled once, and copied with its rows', async () => {
    const template = counted();
    const copies = await Promise.all([make(template), make(template), make(template)]);
    expect(template.filled).toBe(1);
    for (const { url } of copies) expect(await query(url, 'SELECT name FROM item')).toEqual([{ name: 'from the template' }]);
  });

  it('when a copy is changed / stays unchanged', async () => {
    const template = counted();
    const { url } = await make(template);
    await query(url, 'DELETE FROM item');
    expect(await query((await make(template)).url, 'SELECT name FROM item')).toHaveLength(1);
  });

  it('when filling it fails / rejects, and the next one fills it again', async () => {
    const template = counted();
    const broken = { ...template, migrate: () => Promise.reject(new Error('migration 3 fails')) };
    await expect(make(broken)).rejects.toThrow('migration 3 fails');
    await make(template);
    expect(template.filled).toBe(1);
  });
});
