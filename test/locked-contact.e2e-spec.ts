import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#app/system/testing';
import type pg from 'pg';
import { TestGateway } from './gateway.harness.js';

let gateway: TestGateway;
let other: pg.PoolClient;
let company: number;
let contacts: { id: string }[];

beforeAll(async () => {
  gateway = await TestGateway.start();
  company = await gateway.createCompany();
  contacts = [];
  for (let n = 0; n < 20; n++) contacts.push(await gateway.createContact({ company_id: company }));
  other = await gateway.sql.connect();
});
afterAll(async () => {
  other?.release();
  await gateway?.stop();
});

/** Another transaction locks the first contacts while `work` runs. */
async function whileLocked<T>(count: number, work: (locked: { id: string }[], free: { id: string }[]) => Promise<T>): Promise<T> {
  const locked = contacts.slice(0, count);
  await other.query('begin');
  await other.query('select from contact where id = any($1::bigint[]) for update', [locked.map(({ id }) => id)]);
  try {
    return await work(locked, contacts.slice(count));
  } finally {
    await other.query('rollback');
  }
}

describe('contacts that another transaction has locked', () => {
  it('when updates of locked and free contacts come at once / each free one is 200, and only locked ones are 503', async () => {
    await whileLocked(5, async (locked, free) => {
      const update = ({ id }: { id: string }, round: number) => gateway.update(id, { phone_2: `round ${round}` });
      const rounds = [1, 2, 3, 4, 5];
      const onLocked = Promise.all(locked.map((contact) => update(contact, 0)));
      for (const round of rounds) {
        const answers = await Promise.all(free.map((contact) => update(contact, round)));
        expect(answers.map(({ status }) => status)).toEqual(free.map(() => 200));
      }
      const refused = await onLocked;
      expect(refused.map(({ status, body }) => [status, body.code])).toEqual(locked.map(() => [503, 'timed_out']));
      expect(refused.every(({ headers }) => headers.get('retry-after') === '1')).toBe(true);
    });
  });

  it('when the lock ends before the deadline / the waiting updates are done in the order of their arrival', async () => {
    const [contact] = contacts;
    const waiting = await whileLocked(1, async () => {
      const updates = ['first', 'second', 'third'].map((phone_2) => gateway.update(contact!.id, { phone_2 }));
      await gateway.update(contacts[1]!.id, { phone_2: 'behind them' });
      return updates;
    });
    const answers = await Promise.all(waiting);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const versions = answers.map(({ body }) => body.data.version);
    expect(versions).toEqual([versions[0], versions[0] + 1, versions[0] + 2]);
    expect((await gateway.call('GET', `/contacts/${contact!.id}`)).body.data.phone_2).toBe('third');
  });
});

/** Far less than a write waits for a locked contact; far more than it takes. */
const USUAL_MS = 700;
const ROUNDS = 5;

describe('writes that need a locked contact and lock its company too', () => {
  /** Each needs the first contact: as its own, or as the primary contact whose flag it takes. */
  const needing = (second: number): [string, string, unknown][] => [
    ['POST', `/contacts/${contacts[0]!.id}`, { is_primary: false }],
    ['POST', `/contacts/${contacts[0]!.id}`, { company_ids: [company, second] }],
    ['PATCH', '/contacts', { email: 'locked@example.com', company_ids: [company] }],
    ['POST', `/contacts/${contacts[1]!.id}`, { is_primary: true }],
    ['POST', '/contacts', { first_name: 'Ann', company_id: company, is_primary: true }],
  ];

  it('when they wait again and again / other writes of that company succeed at their usual time', async () => {
    const second = await gateway.createCompany();
    await gateway.update(contacts[0]!.id, { email: 'locked@example.com', is_primary: true });
    const refused = new Set<number>();
    const times: number[] = [];
    await whileLocked(1, async () => {
      const stop = new AbortController();
      const callers = needing(second).map(async (write) => {
        while (!stop.signal.aborted) refused.add((await gateway.call(...write)).status);
      });
      try {
        for (let round = 0; round < ROUNDS; round++) {
          const began = performance.now();
          const answers = await Promise.all([
            gateway.call('POST', '/contacts', { first_name: 'Ben', company_id: company }),
            gateway.call('POST', `/contacts/${contacts[2]!.id}`, { company_ids: [company, second] }),
            gateway.call('PATCH', '/contacts', { first_name: 'Eve', email: `eve.${round}@example.com`, company_id: company }),
            gateway.call('POST', `/companies/${company}`, { phone: `${round}` }),
          ]);
          times.push(performance.now() - began);
          expect(answers.map(({ status }) => status)).toEqual([201, 200, 201, 200]);
        }
      } finally {
        stop.abort();
        await Promise.all(callers);
      }
    });
    expect([...refused]).toEqual([503]);
    expect(times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]).toBeLessThan(USUAL_MS);
  }, 60_000);

  it('when the lock ends before the deadline / the waiting write is done', async () => {
    const waiting = await whileLocked(1, async () => {
      const write = gateway.update(contacts[0]!.id, { is_primary: true });
      await gateway.call('POST', '/contacts', { first_name: 'Ben', company_id: company });
      return [write];
    });
    expect((await waiting[0]!).status).toBe(200);
  });
});

describe('new tags that several updates name', () => {
  const make = (name: string): string => `insert into tag (name_key, name) values ('${name}', '${name}')`;

  it('when an update names them in another order / it makes them in the order of their names, so that no two updates deadlock', async () => {
    await other.query('begin');
    await other.query(make('b of two'));
    const update = gateway.update(contacts[3]!.id, { tags: ['b of two', 'a of two'] });
    try {
      await eventually(async () => {
        const text = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
        expect((await gateway.sql.query(text)).rowCount).toBe(1);
      });
      // The update waits for the second one, and has the first one.
      await expect(gateway.sql.query(`set lock_timeout = 100; ${make('a of two')}`)).rejects.toMatchObject({ code: '55P03' });
    } finally {
      await other.query('rollback');
    }
    expect((await update).status).toBe(200);
  });
});
