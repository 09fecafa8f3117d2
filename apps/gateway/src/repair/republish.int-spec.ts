import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Outbox } from '#app/messaging';
import { createMigratedDatabase, type MigratedDatabase } from '#app/system/testing';
import { ormOptions } from '../orm.js';
import { repairOrigin } from './repair-origin.js';
import { republishCompanies } from './republish-companies.js';
import { republishLogins } from './republish-logins.js';

const outbox = new Outbox({ topicPrefix: '', validate: true });
const run = { progress: () => undefined, note: () => undefined, signal: new AbortController().signal };
const [DELETED, UNKNOWN] = [1, 2];

let database: MigratedDatabase;

beforeAll(async () => {
  database = await createMigratedDatabase('gateway without rows', ormOptions);
});
beforeEach(async () => {
  await database.orm.em.fork().execute('delete from outbox');
});
afterAll(() => database?.drop());

const parts = () => ({ em: database.orm.em, outbox, origin: repairOrigin('verify-repair') });

/** Keys and versions of the records in the outbox, in their order. */
const published = () =>
  database.orm.em
    .fork()
    .execute(
      `select key::int as key, (headers ->> 'ce_sequence')::int as version, payload is null as tombstone from outbox order by id`,
    );

describe('when the gateway has no row of what is to be published again', () => {
  it('and had the contact when the versions were read / publishes nothing: its deletion has a greater version', async () => {
    const logins = [
      { contactId: DELETED, above: 3, existed: true },
      { contactId: UNKNOWN, above: 3, existed: false },
    ];
    expect(await republishLogins(parts(), logins, run)).toBe(1);
    expect(await published()).toEqual([
      { key: UNKNOWN, version: 4, tombstone: false },
      { key: UNKNOWN, version: 4, tombstone: true },
    ]);
  });

  it('and had the company when the versions were read / publishes nothing: its deletion has a greater version', async () => {
    const companies = [
      { companyId: DELETED, above: 3, existed: true },
      { companyId: UNKNOWN, above: 3, existed: false },
    ];
    expect(await republishCompanies(parts(), companies, run)).toBe(1);
    expect(await published()).toEqual([{ key: UNKNOWN, version: 4, tombstone: false }]);
  });
});

describe('when another reader has another version than the gateway', () => {
  const [CONTACT, COMPANY] = [7, 8];
  beforeAll(async () => {
    const insert = (text: string) => database.orm.em.fork().execute(text);
    await insert(
      `insert into contact (id, version, login_version, first_name, created_at, updated_at) values (${CONTACT}, 1, 2, 'Ann', now(), now())`,
    );
    await insert(`insert into company (id, name, version, created_at, updated_at) values (${COMPANY}, 'Acme', 2, now(), now())`);
  });

  it('and it is greater, then smaller / publishes the next one of the greater', async () => {
    const versions = async () => [...new Set((await published()).map(({ version }) => version as number))];
    for (const above of [5, 3]) {
      await republishLogins(parts(), [{ contactId: CONTACT, above, existed: true }], run);
      await republishCompanies(parts(), [{ companyId: COMPANY, above, existed: true }], run);
    }
    expect(await versions()).toEqual([6, 7]);
  });
});
