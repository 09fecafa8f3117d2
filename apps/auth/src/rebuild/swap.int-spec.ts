import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MikroORM } from '@mikro-orm/postgresql';
import { connect, migrate, SESSION_LIMITS } from '#app/postgres';
import { createTestDatabase, type TestDatabase } from '#app/system/testing';
import type pg from 'pg';
import { ormOptions } from '../database/orm.js';
import { compareProjection, type Comparison } from './comparison.js';
import { dropProjection, hasProjection, makeProjection, projectionOrm } from './projection.js';
import { swapProjection } from './swap.js';

const SAME: Comparison = { same: 0, older: 0, newer: 0, different: 0, missing: 0, unknown: 0 };

interface Login {
  version: number;
  position: number;
  email: string | null;
  sessionVersion?: number;
}

describe.each(['public', 'crm'])('a rebuild in the schema %s', (schema) => {
  let holder: TestDatabase;
  let database: pg.Client;

  const urlOf = (path: string): string => `${holder.url}?options=-c%20search_path%3D${path}`;
  const connectTo = (path: string): Promise<pg.Client> =>
    connect({ url: urlOf(path), applicationName: 'test', connectMs: SESSION_LIMITS.connectMs });
  const put = (table: string, contactId: number, { version, position, email, sessionVersion = 1 }: Login): Promise<unknown> =>
    database.query(
      `insert into ${table} (contact_id, version, position, email, email_key, removed, session_version, synced_at)
       values ($1, $2, $3, $4, $4, $5, $6, now())`,
      [contactId, version, position, email, email === null, sessionVersion],
    );

  beforeAll(async () => {
    holder = await createTestDatabase();
    database = await connectTo(schema);
    await database.query(`create schema if not exists ${schema}`);
    const orm = await MikroORM.init(ormOptions(urlOf(schema)));
    await migrate(orm);
    await orm.close();
  });

  beforeEach(async () => {
    await database.query('delete from portal_login');
    await makeProjection(database);
  });

  afterAll(async () => {
    await database?.end();
    await holder?.drop();
  });

  it('when a live row is wrong / names it different, and repairs it', async () => {
    await put('portal_login', 1, { version: 2, position: 7, email: 'wrong@x.io' });
    await put('rebuild.portal_login', 1, { version: 2, position: 7, email: 'right@x.io' });
    expect(await swapProjection(database, () => Promise.resolve())).toEqual({ ...SAME, different: 1 });
    expect((await database.query('select email from portal_login')).rows).toEqual([{ email: 'right@x.io' }]);
    expect(await compareProjection(database)).toEqual({ ...SAME, same: 1 });
  });

  it('when a login is only live / removes it, but for the row of a removed one', async () => {
    await put('portal_login', 1, { version: 2, position: 7, email: 'stranger@x.io' });
    await put('portal_login', 2, { version: 2, position: 8, email: null });
    expect(await swapProjection(database, () => Promise.resolve())).toEqual({ ...SAME, unknown: 1 });
    expect((await database.query('select contact_id::int as id from portal_login')).rows).toEqual([{ id: 2 }]);
  });

  it.each<[string, number, Partial<Login>]>([
    ['is equal but for the end of its sessions', 5, { sessionVersion: 9 }],
    ['is newer, and its sessions go on', 5, { version: 3, position: 9 }],
    ['is newer, and its sessions have ended', 9, { version: 3, position: 9, sessionVersion: 9 }],
  ])('when the rebuilt login %s / the session version 5 of the live one is %i', async (_, sessionVersion, rebuilt) => {
    const live = { version: 2, position: 7, email: 'a@x.io', sessionVersion: 5 };
    await put('portal_login', 1, live);
    await put('rebuild.portal_login', 1, { ...live, ...rebuilt });
    await swapProjection(database, () => Promise.resolve());
    const { rows } = await database.query('select session_version::int as held from portal_login');
    expect(rows).toEqual([{ held: sessionVersion }]);
  });

  it('when a login has another content of the same version again and again, and then a newer one / no former session is valid', async () => {
    const former = [5];
    await put('portal_login', 1, { version: 2, position: 7, email: 'a@x.io', sessionVersion: 5 });
    await put('rebuild.portal_login', 1, { version: 2, position: 7, email: 'a@x.io', sessionVersion: 5 });
    for (const version of [2, 2, 3]) {
      await database.query(`update portal_login set email = 'wrong@x.io'`);
      await database.query('update rebuild.portal_login set version = $1', [version]);
      await swapProjection(database, () => Promise.resolve());
      const { rows } = await database.query('select email, session_version::int8 as held from portal_login');
      expect(rows).toMatchObject([{ email: 'a@x.io' }]);
      expect(former).not.toContain(Number(rows[0].held));
      former.push(Number(rows[0].held));
    }
  });

  it('while the projection catches up / no other session changes the live logins; when that fails, they stay and can be changed', async () => {
    await put('portal_login', 1, { version: 2, position: 7, email: 'a@x.io' });
    const other = await connectTo(schema);
    const change = () => other.query(`set lock_timeout = 50; update portal_login set version = 3`);
    const swapped = swapProjection(database, async () => {
      await expect(change()).rejects.toMatchObject({ code: '55P03' });
      throw new Error('no broker');
    });
    await expect(swapped).rejects.toThrow('no broker');
    expect((await database.query('select version::int as version from portal_login')).rows).toEqual([{ version: 2 }]);
    await change();
    await other.end();
  });

  it.each([
    ['the same version', 3],
    ['an older version', 2],
    ['a newer version', 4],
  ])(
    'when both rows say that a login is removed, the live one at another position and %s / names them the same',
    async (_, version) => {
      await put('portal_login', 1, { version, position: 12, email: null });
      // Of a removal that is compacted only the tombstone is left, which has no position.
      await put('rebuild.portal_login', 1, { version: 3, position: 0, email: null });
      expect(await compareProjection(database)).toEqual({ ...SAME, same: 1 });
    },
  );

  it('when records are applied to the projection / its connections find the projection alone', async () => {
    const orm = await projectionOrm(urlOf(schema));
    expect(await orm.em.execute('show search_path')).toEqual([{ search_path: 'rebuild' }]);
    await orm.close();
  });

  it('when a rebuild of another schema has prepared its projection / finds none of its own', async () => {
    expect(await hasProjection(database)).toBe(true);
    const other = await connectTo('pg_catalog');
    expect(await hasProjection(other)).toBe(false);
    await other.end();
    await dropProjection(database);
    expect(await hasProjection(database)).toBe(false);
  });
});
