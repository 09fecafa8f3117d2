import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#app/system/testing';
import { withinDeadline } from '#app/timing';
import type pg from 'pg';
import { TestGateway, TOKEN, type Answer } from './gateway.harness.js';

const MANY = 20_000;
/** More than an answer takes on a busy machine, and far less than the deletion. */
const PROMPT_MS = 5_000;

let gateway: TestGateway;
let other: pg.PoolClient;

beforeAll(async () => {
  gateway = await TestGateway.start();
  other = await gateway.sql.connect();
});
afterAll(async () => {
  other?.release();
  await gateway?.stop();
});

const isGone = async (id: number) => (await gateway.sql.query('select from company where id = $1', [id])).rowCount === 0;
/** Tells which step of a test does not end. */
const step = <T>(name: string, work: Promise<T>, ms = 30_000): Promise<T> =>
  withinDeadline(work, ms, () => new Error(`Not done after ${ms / 1_000} s: ${name}.`));
const gone = (id: number) => eventually(async () => expect(await isGone(id)).toBe(true), { timeoutMs: 120_000 });
const remove = (id: number, headers?: Record<string, string>) => gateway.call('DELETE', `/companies/${id}`, undefined, headers);
const twoCompanies = async () => [await gateway.createCompany('One'), await gateway.createCompany('Two')] as const;
const contactOf = async (id: string) => (await gateway.call('GET', `/contacts/${id}`)).body.data;

/** Contacts in both companies. @returns the id of the last one */
async function insertContacts(count: number, companies: readonly number[]): Promise<string> {
  const { rows } = await gateway.sql.query<{ id: string }>(
    `with k as (insert into contact (version, first_name, created_at, updated_at)
         select 1, 'Many', now(), now() from generate_series(1, $2::int) returning id),
       m as (insert into contact_company select id, c, place - 1, false, false, false, false
         from k, unnest($1::bigint[]) with ordinality as o(c, place))
     select max(id) as id from k`,
    [companies, count],
  );
  return rows[0]!.id;
}

/** A contact of a closed company that another transaction holds, so that the company stays closed. */
async function whileClosed(work: (closed: number, open: number, contact: { id: string }) => Promise<void>): Promise<void> {
  const [closed, open] = await twoCompanies();
  const contact = await gateway.createContact({ company_ids: [closed, open], email: `${closed}@example.com` });
  await other.query('begin');
  await other.query('select from contact where id = $1 for update', [contact.id]);
  try {
    expect((await remove(closed)).status).toBe(200);
    await work(closed, open, contact);
  } finally {
    await other.query('rollback');
  }
  await gone(closed);
}

describe('a closed company whose contacts have not left yet', () => {
  it('when it is read, changed, listed or deleted again / it is not there', () =>
    whileClosed(async (closed) => {
      for (const [method, path, body] of [
        ['GET', ''],
        ['POST', '', { phone: '1' }],
        ['DELETE', ''],
        ['GET', '/tags'],
        ['POST', '/tags', { tags: ['a'] }],
        ['GET', '/contacts'],
      ] as const)
        expect((await gateway.call(method, `/companies/${closed}${path}`, body)).status).toBe(404);
      const { body: all } = await gateway.call('GET', '/companies?per_page=100');
      const { rows } = await gateway.sql.query('select count(*)::int as n from company where closed_at is null');
      expect(all.data.map(({ id }: { id: number }) => id)).not.toContain(closed);
      expect(all.meta.total).toBe(rows[0].n);
      expect((await gateway.call('GET', `/companies?id=${closed}`)).body.data).toEqual([]);
      const exported = await (
        await fetch(`${gateway.url}/external/api/v1/companies/export`, { headers: { authorization: `Bearer ${TOKEN}` } })
      ).text();
      expect(exported).not.toContain(`"id":${closed},`);
    }));

  it('when a contact is put into it / answers 422, also for one that would have no other company', () =>
    whileClosed(async (closed, open, contact) => {
      const stranger = await gateway.createContact({ company_id: open });
      const errors = async (answer: Promise<Answer>) => Object.keys((await answer).body.errors ?? {});
      const fields = { first_name: 'New', company_id: closed };
      expect(await errors(gateway.call('POST', '/contacts', fields))).toEqual(['company_id']);
      expect(await errors(gateway.call('PATCH', '/contacts', { ...fields, email: 'new@example.com' }))).toEqual(['company_id']);
      expect(await errors(gateway.update(stranger.id, { company_ids: [open, closed] }))).toEqual(['company_ids.1']);
      await other.query('rollback');
      // It can have left already: then the company does not exist.
      expect(await errors(gateway.update(contact.id, { company_ids: [closed], is_primary: true }))).toEqual(['company_ids.0']);
    }));

  it('when its contact is read / shows it; after it has left / the other is the main company', async () => {
    let id = '';
    await whileClosed(async (closed, open, contact) => {
      id = contact.id;
      expect((await contactOf(id)).companies.map((each: { id: number }) => each.id)).toEqual([closed, open]);
    });
    const after = await contactOf(id);
    expect([after.version, after.companies.length, after.company.name]).toEqual([2, 1, 'Two']);
  });

  it('when the other company of its contact is deleted / answers 409', () =>
    whileClosed(async (_, open) => {
      expect((await remove(open)).body).toMatchObject({ code: 'company_in_use', contacts: 1 });
    }));

  it('when another transaction holds one that has no contacts left / others are removed all the same', async () => {
    const [held, open] = await twoCompanies();
    const next = await gateway.createCompany();
    await gateway.createContact({ company_ids: [next, open] });
    await other.query('begin');
    await other.query('select from company where id = $1 for key share', [held]);
    try {
      for (const id of [held, next]) expect((await remove(id)).status).toBe(200);
      await gone(next);
      expect(await isGone(held)).toBe(false);
    } finally {
      await other.query('rollback');
    }
    await gone(held);
  });

  it('when the clock has gone back since its last change / its last event is not older than that change', async () => {
    const [closed] = await twoCompanies();
    await gateway.sql.query(`update company set updated_at = date_trunc('s', now()) + interval '1 hour' where id = $1`, [closed]);
    const { body } = await gateway.call('GET', `/companies/${closed}`);
    await remove(closed);
    const [, deleted] = await gateway.records('companies.v1', closed, 2);
    expect(deleted!.headers['ce_time']).toBe(body.data.updated_at);
  });

  it('when it was closed under a key / a repetition gets the same answer', async () => {
    const [closed] = await twoCompanies();
    const key = { 'idempotency-key': `close ${closed}` };
    const first = await remove(closed, key);
    const again = await remove(closed, key);
    expect([again.status, again.body, again.headers.get('idempotency-replayed')]).toEqual([200, first.body, 'true']);
  });
});

describe(`the deletion of a company of ${MANY} contacts`, () => {
  it('when its gateway is killed in the middle / another goes on; each contact has one event, and the company has the last', async () => {
    const [closed, open] = await twoCompanies();
    const last = await step('insert contacts', insertContacts(MANY, [closed, open]));
    const startedAt = performance.now();
    const answer = await step('remove the company', remove(closed));
    expect([answer.status, performance.now() - startedAt < PROMPT_MS]).toEqual([200, true]);
    expect(await step('rehearse', rehearse(last, [{ company_ids: [open] }, { company_ids: [open, closed] }]))).toEqual([
      200, 422,
    ]);
    const isHalfDone = async () => {
      const { rows } = await gateway.sql.query('select count(*)::int as n from contact_company where company_id = $1', [closed]);
      return rows[0].n < MANY / 2;
    };
    const slowest: number = await step('remove half of the contacts', slowestUpdateUntil(last, isHalfDone), 90_000);
    const replica = await step('start a replica', gateway.replica());
    try {
      await step('kill the sessions', killSessions());
      await step('stop the gateway', gateway.halt());
      await gone(closed);
      const { rows } = await gateway.sql.query(
        `select count(*)::int as contacts, count(distinct contact_id)::int as changed from contact_event
          where changes::jsonb ? 'companies' and contact_id in (select contact_id from contact_company where company_id = $1)`,
        [open],
      );
      expect(rows).toEqual([{ contacts: MANY, changed: MANY }]);
      const [, deleted] = await step('read the events', gateway.records('companies.v1', closed, 2));
      expect(JSON.parse(deleted!.value!)).toEqual({ company_id: closed, version: 2 });
      expect(slowest).toBeLessThan(PROMPT_MS);
    } finally {
      await step('stop the replica', replica.stop());
    }
  }, 360_000);
});

/** @returns the status of each of a contact's changes in a dry run of a batch */
async function rehearse(id: string, changes: object[]): Promise<number[]> {
  const items = changes.map((change) => ({ id: Number(id), ...change }));
  const answer = await gateway.callUntilAnswered('POST', '/contacts/batch', { items }, { prefer: 'dry-run' });
  return answer.body.data.map(({ status }: { status: number }) => status);
}

/** Updates one contact again and again. @returns the time of the slowest update, in milliseconds */
async function slowestUpdateUntil(id: string, isReached: () => Promise<boolean>): Promise<number> {
  let slowest = 0;
  for (let round = 0; !(await isReached()); round++) {
    const startedAt = performance.now();
    expect((await gateway.updateUntilAnswered(id, { phone_1: String(round) })).status).toBe(200);
    slowest = Math.max(slowest, performance.now() - startedAt);
  }
  return slowest;
}

const killSessions = () =>
  gateway.sql.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'contact-sync %' and datname = current_database()`,
  );
