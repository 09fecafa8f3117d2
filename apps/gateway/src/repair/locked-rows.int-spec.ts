import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { generateSealingKeys, readOpeningKeys, readSealingKey, sealCredential } from '#app/credentials';
import { Outbox } from '#app/messaging';
import { createMigratedDatabase, eventually, type MigratedDatabase } from '#app/system/testing';
import pg from 'pg';
import { ormOptions } from '../orm.js';
import { repairOrigin } from './repair-origin.js';
import { republishCompanies } from './republish-companies.js';
import { republishLogins } from './republish-logins.js';
import { resealCredentials, type ResealResult } from './reseal-credentials.js';

const PHC = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI';
const IDS = [1, 2, 3];
const [LOCKED, ...FREE] = IDS as [number, ...number[]];
const outbox = new Outbox({ topicPrefix: '', validate: true });
const run = { progress: () => undefined, note: () => undefined, signal: new AbortController().signal };

let database: MigratedDatabase;
let orm: MikroORM;
let other: pg.Client;

const keys = await generateSealingKeys('old');
const newKeys = await generateSealingKeys('new');
const newest = await readSealingKey(JSON.stringify(newKeys.publicKeys));
const opening = await readOpeningKeys(JSON.stringify({ keys: [...keys.privateKeys.keys, ...newKeys.privateKeys.keys] }));

beforeAll(async () => {
  database = await createMigratedDatabase('gateway without rows', ormOptions);
  orm = database.orm;
  other = new pg.Client(database.url);
  await other.connect();
  const sealing = await readSealingKey(JSON.stringify(keys.publicKeys));
  const insert = (sql: string, values: unknown[]) => other.query(sql, values);
  for (const id of IDS) {
    const email = `${id}@example.com`;
    await insert('insert into company (id, name, created_at, updated_at) values ($1, $2, now(), now())', [id, 'Acme']);
    await insert(
      'insert into contact (id, email, email_key, version, login_version, has_portal_login, created_at, updated_at) values ($1, $2, $2, 1, 1, true, now(), now())',
      [id, email],
    );
    const credential = await sealCredential(sealing, id, PHC);
    await insert('insert into portal_login (contact_id, email, email_key, credential) values ($1, $2, $2, $3)', [
      id,
      email,
      credential,
    ]);
  }
});
beforeEach(async () => {
  await orm.em.fork().execute('delete from outbox');
});
afterAll(async () => {
  await other?.end();
  await database?.drop();
});

/** Runs a repair while another transaction has locked the first row, until the events of all others are stored. */
async function besideLock<Result>(table: 'contact' | 'company', repair: () => Promise<Result>): Promise<Result> {
  await other.query('begin');
  await other.query(`select from ${table} where id = $1 for update`, [LOCKED]);
  const repairing = repair();
  const othersDone = eventually(async () => expect(await publishedKeys()).toEqual(FREE));
  try {
    await Promise.race([othersDone, repairing]);
    expect(await publishedKeys()).toEqual(FREE);
    // Nothing of a page stays locked: a writer of another row does not wait.
    await orm.em.fork().execute(`select from ${table} where id in (${FREE.join(', ')}) for update nowait`);
  } finally {
    await other.query('rollback');
  }
  const result = await repairing;
  expect(await publishedKeys()).toEqual([...FREE, LOCKED]);
  return result;
}

/** The keys of the records in the outbox, in their order. */
async function publishedKeys(): Promise<number[]> {
  const rows = await orm.em.fork().execute<{ key: string }[]>('select key from outbox order by id');
  return rows.map(({ key }) => Number(key));
}

describe('while another transaction has locked one contact', () => {
  it('when logins are published again / only that one waits, and is published once it is free', async () => {
    const logins = IDS.map((contactId) => ({ contactId, above: 4, existed: true }));
    const parts = { em: orm.em, outbox, origin: repairOrigin('verify-repair') };
    expect(await besideLock('contact', () => republishLogins(parts, logins, run))).toBe(IDS.length);
  });

  it('when credentials are sealed again / only that one waits, and is sealed once it is free', async () => {
    const parts = { em: orm.em, outbox, sealing: newest, opening, dryRun: false };
    const result: ResealResult = await besideLock('contact', () => resealCredentials(parts, run));
    expect(result).toMatchObject({ current: 0, resealed: IDS.length, changedMeanwhile: 0, unopened: 0 });
  });
});

describe('while another transaction has locked one company', () => {
  it('when companies are published again / only that one waits, and is published once it is free', async () => {
    const companies = IDS.map((companyId) => ({ companyId, above: 4, existed: true }));
    const parts = { em: orm.em, outbox, origin: repairOrigin('verify-repair') };
    expect(await besideLock('company', () => republishCompanies(parts, companies, run))).toBe(IDS.length);
  });
});
