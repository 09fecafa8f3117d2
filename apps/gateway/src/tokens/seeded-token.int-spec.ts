import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createMigratedDatabase, type MigratedDatabase } from '#app/system/testing';
import pg from 'pg';
import { ormOptions } from '../orm.js';
import { seedToken } from './seed-token.js';
import { isSeeded } from './seeded-token.js';

const SEED = { secret: randomBytes(32), token: 'a-seeded-token-of-thirty-two-letters' };
let database: MigratedDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createMigratedDatabase('gateway without rows', ormOptions);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});
beforeEach(async () => {
  await client.query('delete from api_token');
});

const seed = (token = SEED.token): Promise<unknown> => seedToken(database.orm.em.fork(), SEED.secret, token);

describe('whether a token is seeded', () => {
  it('when it never was / is false', async () => {
    expect(await isSeeded(client, SEED)).toBe(false);
  });

  it('when it was / is true', async () => {
    await seed();
    expect(await isSeeded(client, SEED)).toBe(true);
  });

  it('when another one was seeded since / is false, since seeding would end that one', async () => {
    await seed();
    await seed('another-seeded-token-of-thirty-two');
    expect(await isSeeded(client, SEED)).toBe(false);
  });

  it.each(['revoked_at = now()', 'expires_at = now()', "scopes = '{audit:read}'", 'is_seeded = false'])(
    'when it has %s / is false',
    async (change) => {
      await seed();
      await client.query(`update api_token set ${change}`);
      expect(await isSeeded(client, SEED)).toBe(false);
    },
  );
});
