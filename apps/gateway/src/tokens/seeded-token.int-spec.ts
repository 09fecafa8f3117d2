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
  await client.query('delete from audit_entry');
});

const seed = (token = SEED.token): Promise<unknown> => seedToken(database.orm.em.fork(), SEED.secret, token);

describe('the audit of a seeded token', () => {
  /** The id of the one token with these values, and the audit of it. */
  const tokenId = async (condition: string) => (await client.query(`select id from api_token where ${condition}`)).rows[0].id;
  const audited = async () =>
    (await client.query('select actor, action, target from audit_entry order by id')).rows.map(
      ({ actor, action, target }) => `${actor} ${action} ${target}`,
    );

  it('when a token is seeded again and again / has that once', async () => {
    await seed();
    await seed();
    expect(await audited()).toEqual([`operator token.seeded token:${await tokenId('is_seeded')}`]);
  });

  it('when another one is seeded / has the end of the former one, and no second end of one that ended before', async () => {
    await seed();
    await seed('another-seeded-token-of-thirty-two');
    await seed('the-third-seeded-token-of-thirty-two');
    const { rows } = await client.query('select id from api_token order by id');
    const [first, second, third] = rows.map(({ id }) => `token:${id}`);
    expect(await audited()).toEqual([
      `operator token.seeded ${first}`,
      `operator token.revoked ${first}`,
      `operator token.seeded ${second}`,
      `operator token.revoked ${second}`,
      `operator token.seeded ${third}`,
    ]);
  });

  it.each(["scopes = '{audit:read}'", "expires_at = '2999-01-01'", 'is_seeded = false'])(
    'when a token with %s is seeded / has that once',
    async (change) => {
      await seed();
      await client.query(`update api_token set ${change}`);
      await client.query('delete from audit_entry');
      await seed();
      await seed();
      expect(await audited()).toEqual([`operator token.seeded token:${await tokenId('is_seeded')}`]);
    },
  );

  it('when a token that was revoked is seeded / has nothing: it stays revoked', async () => {
    await seed();
    await client.query('update api_token set revoked_at = now(), is_seeded = false');
    await client.query('delete from audit_entry');
    await seed();
    expect(await audited()).toEqual([]);
  });
});

describe('a token that another one made', () => {
  it('when it is seeded / has no maker and no family any more: the end of its maker is not its own', async () => {
    await seed();
    await client.query('update api_token set is_seeded = false, created_by = 7, family_id = 7, forms_family = true');
    await seed();
    const { rows } = await client.query('select created_by, family_id, forms_family from api_token');
    expect(rows).toEqual([{ created_by: null, family_id: null, forms_family: false }]);
  });

  it.each(['created_by = 7', 'family_id = 7', 'forms_family = true'])(
    'when it was seeded and kept %s / is seeded anew',
    async (kept) => {
      await seed();
      expect(await isSeeded(client, SEED)).toBe(true);
      await client.query(`update api_token set ${kept}`);
      expect(await isSeeded(client, SEED)).toBe(false);
      await seed();
      expect(await isSeeded(client, SEED)).toBe(true);
    },
  );

  it('when it is seeded / what it made stands for itself, and counts what that made', async () => {
    await seed();
    const { rows: raised } = await client.query(
      'update api_token set is_seeded = false, created_by = 7, family_id = 7 returning id',
    );
    const make = async (createdBy: string): Promise<string> => {
      const { rows } = await client.query(
        `insert into api_token (name, secret_hash, scopes, created_by, family_id)
         values ('made', uuid_send(gen_random_uuid()), '{contacts:read}', $1, 7) returning id`,
        [createdBy],
      );
      return rows[0].id;
    };
    const [first, second, sister] = [await make(raised[0].id), await make(raised[0].id), await make('7')];
    const below = await make(first);
    const [deepest, other] = [await make(below), await make(second)];

    await seed();

    const { rows } = await client.query('select id, family_id from api_token where not is_seeded order by id');
    expect(rows).toEqual([
      { id: first, family_id: null },
      { id: second, family_id: null },
      { id: sister, family_id: '7' },
      { id: below, family_id: first },
      { id: deepest, family_id: first },
      { id: other, family_id: second },
    ]);
  });
});

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
