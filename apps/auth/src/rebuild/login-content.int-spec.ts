import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { createMigratedDatabase, type MigratedDatabase } from '#app/system/testing';
import { ormOptions } from '../database/orm.js';
import { LOGIN_CONTENT } from '../portal-logins/portal-login.entity.js';

/** What a rebuild decides by itself: the row's id, the end of its sessions, the time of writing. */
const DECIDED_BY_SWAP = ['contact_id', 'session_version', 'synced_at'];

let database: MigratedDatabase;
let orm: MikroORM;

beforeAll(async () => {
  database = await createMigratedDatabase('auth', ormOptions);
  orm = database.orm;
});
afterAll(() => database?.drop());

describe('the content of a login that a rebuild compares and copies', () => {
  it('when it is compared with the table / names every column of portal_login', async () => {
    const rows = await orm.em.execute<{ name: string }[]>(
      `select column_name as name from information_schema.columns where table_schema = 'public' and table_name = 'portal_login'`,
    );
    expect(rows.map(({ name }) => name).sort()).toEqual([...LOGIN_CONTENT, ...DECIDED_BY_SWAP].sort());
  });
});
