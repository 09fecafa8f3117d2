import type { MikroORM } from '@mikro-orm/postgresql';
import { createMigratedDatabase, type MigratedDatabase } from '#app/system/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ormOptions } from '../../orm.js';
import { withTokenAdmin } from '../../token-context.js';
import { ValidationFailed } from '../../wire/validation.error.js';
import { TokenNotFound } from '../api-token.errors.js';
import { ApiTokens } from '../../callers/api-tokens.js';
import { StoredTokens } from '../../callers/stored-tokens.js';
import type { TokenAdmin } from './token-admin.js';

const SECRET = Buffer.alloc(32, 1);

let database: MigratedDatabase;
let orm: MikroORM;

beforeAll(async () => {
  database = await createMigratedDatabase('gateway without rows', ormOptions);
  orm = database.orm;
});
afterAll(() => database?.drop());

const run = (work: (admin: TokenAdmin) => Promise<string>) => withTokenAdmin({ databaseUrl: database.url, secret: SECRET }, work);
const create = (fields: object, json = false) =>
  run((admin) => admin.create({ name: 'ERP', scopes: ['contacts:read'], ...fields }, { json }));
const list = (json = false) => run((admin) => admin.list({ json }));
const revoke = (id: string | number) => run((admin) => admin.revoke(String(id), { json: false }));
const createdId = async (fields: object = {}): Promise<number> => JSON.parse(await create(fields, true)).data.id;

describe('when an operator makes a token', () => {
  it('and it is printed / is alone on the first line, and is valid', async () => {
    const [token = '', , said] = (await create({ expires_at: '2099-01-01T00:00:00Z' })).split('\n');
    expect(token).toMatch(/^csync_/);
    expect(said).toMatch(/^Token \d+ \(ERP\): contacts:read, until 2099-01-01T00:00:00\.000Z\. Keep it now/);
    expect(await new ApiTokens(new StoredTokens(orm.em), SECRET).callerOf(token)).toEqual({
      tokenId: expect.any(String),
      familyId: expect.any(String),
      scopes: new Set(['contacts:read']),
      expiresAt: new Date('2099-01-01T00:00:00Z'),
    });
  });

  it('and the body breaks a rule of the route / it is refused', async () => {
    await expect(create({ name: '' })).rejects.toThrow(ValidationFailed);
  });
});

describe('the table of tokens', () => {
  it('when tokens expired or were revoked / shows the state of each, and escapes control characters', async () => {
    const expired = await createdId({ name: 'gone' });
    await orm.em.fork().execute(`update api_token set expires_at = '2026-01-01' where id = ?`, [expired]);
    const revoked = await createdId({ name: 'stopped' });
    await revoke(revoked);
    await orm.em.fork().execute(`insert into api_token (name, secret_hash, scopes) values (?, '', '{}')`, ['\u009b31mred']);
    const table = await list();
    expect(table).toMatch(/^ID +NAME +STATE +CREATED +EXPIRES +LAST USED +SCOPES\n/);
    expect(table).toMatch(new RegExp(`^${expired} +gone +expired .* 2026-01-01 00:00 +- +contacts:read$`, 'm'));
    expect(table).toMatch(new RegExp(`^${revoked} +stopped +revoked `, 'm'));
    expect(table).toMatch(/^\d+ +31mred +valid /m);
  });

  it('when there are more than a hundred / has all of them', async () => {
    await orm.em
      .fork()
      .execute(`insert into api_token (name, secret_hash, scopes) select 'n', int4send(n), '{}' from generate_series(1, 250) n`);
    const { data } = JSON.parse(await list(true));
    expect(data.filter(({ name }: { name: string }) => name === 'n')).toHaveLength(250);
    expect(new Set(data.map(({ id }: { id: number }) => id)).size).toBe(data.length);
  });
});

describe('when an operator revokes a token', () => {
  it('and the token exists / the text says that it is revoked', async () => {
    const id = await createdId();
    expect(await revoke(id)).toMatch(new RegExp(`^Token ${id} \\(ERP\\): .* is revoked since \\d{4}-`));
  });

  it.each(['999999', 'x', '-1'])('and no token has the id %s / it is refused', async (id) => {
    await expect(revoke(id)).rejects.toThrow(TokenNotFound);
  });
});
