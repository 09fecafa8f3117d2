import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { TestGateway } from './gateway.harness.js';

let gateway: TestGateway;
let other: pg.PoolClient;
let contacts: { id: string }[];

beforeAll(async () => {
  gateway = await TestGateway.start();
  const company = await gateway.createCompany();
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
