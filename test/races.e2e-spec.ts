import { EntityManager } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Outbox } from '#app/messaging';
import { query, StatementPool } from '#app/postgres';
import { eventually, seededRandom } from '#app/system/testing';
import { Contact } from '../apps/gateway/src/contacts/contact.entity.js';
import { GetContactHandler } from '../apps/gateway/src/contacts/get-contact.handler.js';
import { IdempotencyStore } from '../apps/gateway/src/writes/idempotency-store.js';
import { WriteUnit } from '../apps/gateway/src/writes/write-unit.js';
import { around } from './faults/seams/around.js';
import { gate } from './gate.js';
import { TestGateway } from './gateway.harness.js';

interface OpenManager {
  findOne(entity: unknown, ...rest: unknown[]): Promise<unknown>;
}

const random = seededRandom(import.meta.filename);

let gateway: TestGateway;
let replica: TestGateway;
let unique = 0;
const address = () => `race${++unique}@example.com`;
const PASSWORD = 'correct horse';
const MOVES = 60;
/** So often a race is run again in which a request that is held has passed its deadline: a busy machine. */
const LATE = 4;

beforeAll(async () => {
  gateway = await TestGateway.start();
  replica = await gateway.replica();
});
afterAll(async () => {
  await replica?.stop();
  await gateway?.stop();
});

/** Creates contacts with logins one after the other: the gateway refuses more passwords than it can hash at once. */
async function createLogins(company_id: number, emails: string[]) {
  const contacts: any[] = [];
  for (const email of emails) contacts.push(await gateway.createContact({ company_id, email, password: PASSWORD }));
  return contacts;
}
const either = (index: number) => (index % 2 ? gateway : replica);
const count = (answers: { status: number }[]) => {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};
const read = async (id: string) => (await gateway.call('GET', `/contacts/${id}`)).body.data;

describe('fifty contacts that claim one login email at once, on two replicas', () => {
  it('when all are answered / one has the email, and the others are refused and unchanged', async () => {
    const company_id = await gateway.createCompany();
    const contacts = await createLogins(company_id, Array.from({ length: 50 }, address));
    const email = address();
    const answers = await Promise.all(contacts.map(({ id }, index) => either(index).updateUntilAnswered(id, { email })));
    expect(count(answers)).toEqual({ 200: 1, 422: 49 });
    expect(answers.filter(({ status }) => status === 422).every(({ body }) => body.code === 'email_taken')).toBe(true);
    const { rows } = await gateway.sql.query(`select count(*)::int as n from contact where version > 1`);
    expect(rows[0].n).toBe(1);
  });
});

describe('two logins that swap their emails many times', () => {
  it('when all swaps are answered / each is done or refused, no email is held twice, and versions have no hole', async () => {
    const company_id = await gateway.createCompany();
    const emails = [address(), address(), address()];
    const [a, b] = await createLogins(company_id, emails.slice(1));
    const swaps = Array.from({ length: 60 }, (_, index) =>
      either(index).updateUntilAnswered([a, b][index % 2].id, { email: emails[random.below(3)] }),
    );
    expect(Object.keys(count(await Promise.all(swaps))).sort()).toEqual(['200', '422']);
    const [left, right] = [await read(a.id), await read(b.id)];
    expect(left.email).not.toBe(right.email);
    for (const { id, version } of [left, right]) {
      const events = await gateway.records('contacts.v1', id, version);
      expect(events.map(({ value }) => JSON.parse(value!).version)).toEqual(Array.from({ length: version }, (_, i) => i + 1));
    }
  });
});

describe('a login that changes its email twice in one batch', () => {
  it('when another claim on the first email is not committed yet / the first change waits for it, and is refused after its commit', async () => {
    const company_id = await gateway.createCompany();
    const meet = async () => {
      const [a, b, free] = await createLogins(company_id, [address(), address(), address()]);
      const [claimed, next] = [address(), address()];
      const [claimer, holder] = [await gateway.sql.connect(), await gateway.sql.connect()];
      try {
        await claimer.query('begin');
        await claimer.query('update portal_login set email = $1, email_key = $1 where contact_id = $2', [claimed, b.id]);
        // While the contact is locked, both changes wait for the same batch.
        await holder.query('begin');
        await holder.query('select from contact where id = $1 for update', [a.id]);
        const first = gateway.update(a.id, { email: claimed });
        // It is answered, so the one before it has arrived.
        await gateway.update(free.id, { phone_1: '1' });
        const second = gateway.update(a.id, { email: next });
        await gateway.update(free.id, { phone_1: '2' });
        await holder.query('rollback');
        const waits = untilTransactionIsWaitedFor().then(
          () => 'waits',
          () => 'does not wait',
        );
        const seen = await Promise.race([waits, first.then(({ status }) => status)]);
        await claimer.query('commit');
        return { next, seen, first: await first, second: await second };
      } finally {
        for (const client of [claimer, holder]) {
          await client.query('rollback');
          client.release();
        }
      }
    };
    let met = await meet();
    const isLate = () => [met.first, met.second].some(({ status }) => status === 503);
    for (let late = 0; isLate() && late < LATE; late++) met = await meet();
    const { next, seen, first, second } = met;
    expect(seen).toBe('waits');
    expect(first).toMatchObject({ status: 422, body: { code: 'email_taken' } });
    expect(second).toMatchObject({ status: 200, body: { data: { email: next, version: 2 } } });
  });
});

describe('a login that changes its email', () => {
  it.each([
    ['together with other writes', {}],
    ['in a transaction of its own', { is_primary: true }],
  ])('when that is done %s / the position of its event is drawn after the claim on the email', async (_, more) => {
    const [contact] = await createLogins(await gateway.createCompany(), [address()]);
    const email = address();
    const claimed: unknown[] = [];
    const undo = around(Outbox.prototype, 'record', async (record, [runner]) => {
      claimed.push(...(await query(runner, 'select email from portal_login where contact_id = $1', [contact.id])));
      return record();
    });
    const { status } = await gateway.updateUntilAnswered(contact.id, { email, ...more }).finally(undo);
    expect([status, claimed]).toEqual([200, [{ email }]]);
  });
});

describe('twelve contacts of one company that become primary at once', () => {
  it('when all are answered / one is primary, and each change of the flag is a change of its contact', async () => {
    const company_id = await gateway.createCompany();
    const contacts = await Promise.all(Array.from({ length: 12 }, () => gateway.createContact({ company_id })));
    const answers = await Promise.all(
      contacts.map(({ id }, index) => either(index).updateUntilAnswered(id, { is_primary: true })),
    );
    expect(count(answers)).toEqual({ 200: 12 });
    const now = await Promise.all(contacts.map(({ id }) => read(id)));
    expect(now.filter(({ is_primary }) => is_primary)).toHaveLength(1);
    expect(now.map(({ version, is_primary }) => version === (is_primary ? 2 : 3))).not.toContain(false);
  });
});

describe('a contact whose main company changes while an update waits for the lock of that company', () => {
  /** Each time the update waits for the main company, the other company is the main one before it goes on. */
  async function whileItChanges<T>(id: string, companies: number[], send: () => Promise<T>): Promise<T> {
    const holders = [await gateway.sql.connect(), await gateway.sql.connect()];
    const hold = async (turn: number): Promise<void> => {
      await holders[turn % 2]!.query('begin');
      await holders[turn % 2]!.query('select from company where id = $1 for update', [companies[turn % 2]]);
    };
    try {
      await gateway.sql.query('update contact_company set position = (company_id <> $2)::int where contact_id = $1', [
        id,
        companies[0],
      ]);
      await hold(0);
      let isAnswered = false;
      const answer = send().finally(() => (isAnswered = true));
      for (let turn = 0; turn < 4 && !isAnswered; turn++) {
        const holder = holders[turn % 2]!;
        const { rows } = await holder.query('select pg_backend_pid() as pid');
        await eventually(async () => {
          const waiting = 'select from pg_stat_activity where $1::int = any(pg_blocking_pids(pid))';
          if (!isAnswered) expect((await gateway.sql.query(waiting, [rows[0].pid])).rowCount).toBe(1);
        });
        await hold(turn + 1);
        await gateway.sql.query('update contact_company set position = 1 - position where contact_id = $1', [id]);
        await holder.query('commit');
      }
      return await answer;
    } finally {
      for (const client of holders) {
        await client.query('rollback');
        client.release();
      }
    }
  }

  it('when that happens at each of its attempts / answers 503 with Retry-After, as a batch item too', async () => {
    const companies = [await gateway.createCompany('A'), await gateway.createCompany('B')];
    const { id } = await gateway.createContact({ company_ids: companies });
    const sendAlone = () => whileItChanges(id, companies, () => gateway.update(id, { is_primary: true }));
    let alone = await sendAlone();
    for (let late = 0; alone.body.code === 'timed_out' && late < LATE; late++) alone = await sendAlone();
    expect([alone.status, alone.body.code, alone.headers.get('retry-after')]).toEqual([503, 'contended', '1']);
    const items = [{ id, is_primary: true }];
    const sendBatch = () => whileItChanges(id, companies, () => gateway.call('POST', '/contacts/batch', { items }));
    let { status, body } = await sendBatch();
    for (let late = 0; (body.data?.[0] ?? body).code === 'timed_out' && late < LATE; late++)
      ({ status, body } = await sendBatch());
    expect(status).toBe(207);
    expect(body.data).toEqual([{ status: 503, code: 'contended', message: expect.any(String), retry_after: 1 }]);
    expect((await read(id)).version).toBe(1);
  });
});

describe('a contact that is being updated', () => {
  it.each<[string, object, (pass: () => Promise<void>) => () => void]>([
    [
      'together with other writes',
      { last_name: 'First' },
      (pass) =>
        around(IdempotencyStore.prototype, 'lockTogether', async (lock) => {
          const keys = await lock();
          await pass();
          return keys;
        }),
    ],
    [
      'in a transaction of its own',
      { is_primary: true },
      (pass) => around(WriteUnit.prototype, 'record', (record) => pass().then(() => record())),
    ],
  ])(
    'when that is done %s, and another gateway updates it / the second update waits, and has the next version',
    async (_, patch, hold) => {
      const company_id = await gateway.createCompany();
      const free = await gateway.createContact({ company_id });
      const meet = async () => {
        const { id } = await gateway.createContact({ company_id });
        const { reached, open, pass } = gate();
        // The contact has been read.
        const undo = hold(pass);
        // The look-up of its key is answered together with the read of the contact.
        const first = gateway.call('POST', `/contacts/${id}`, patch, { 'Idempotency-Key': `first ${id}` });
        await reached;
        const second = replica.updateUntilAnswered(id, { phone_1: '1' });
        for (let round = 0; round < 5; round++) await replica.updateUntilAnswered(free.id, { phone_1: `${round}` });
        open();
        undo();
        return Promise.all([first, second]);
      };
      let [first, second] = await meet();
      for (let late = 0; first.status === 503 && late < LATE; late++) [first, second] = await meet();
      expect(first.body.data).toMatchObject({ ...patch, version: 2, phone_1: null });
      expect(second.body.data).toMatchObject({ ...patch, version: 3, phone_1: '1' });
    },
  );
});

describe('contacts that exchange two companies while one becomes primary in both', () => {
  it('when transactions deadlock / they are run again, and all requests are answered', async () => {
    const companies = [await gateway.createCompany('A'), await gateway.createCompany('B')];
    const contacts = await Promise.all(
      Array.from({ length: 6 }, (_, index) => gateway.createContact({ company_id: companies[index % 2] })),
    );
    const patches = [
      (at: number) => ({ company_ids: [companies[at % 2], companies[(at + 1) % 2]], is_primary: true }),
      (at: number) => ({ company_id: companies[at % 2] }),
      () => ({ is_primary: true }),
    ];
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, at) => either(at).updateUntilAnswered(contacts[at % 6].id, patches[at % 3]!(at))),
    );
    expect(count(answers)).toEqual({ 200: 60 });
    const { rows } = await gateway.sql.query(
      `select company_id from contact_company where is_primary group by 1 having count(*) > 1`,
    );
    expect(rows).toEqual([]);
  });
});

describe('a contact that is deleted during updates', () => {
  it('when all are answered / each update is done or is 404, and no event follows the deletion', async () => {
    for (let round = 0; round < 5; round++) {
      const { id } = await gateway.createContact({ email: address(), password: PASSWORD });
      const updates = Array.from({ length: 6 }, (_, at) => either(at).updateUntilAnswered(id, { last_name: `Name ${at}` }));
      const deletion = either(round).callUntilAnswered('DELETE', `/contacts/${id}`);
      const answers = await Promise.all(updates);
      expect((await deletion).status).toBe(200);
      expect(Object.keys(count(answers)).every((status) => ['200', '404'].includes(status))).toBe(true);
      const done = answers.filter(({ status }) => status === 200).length;
      const events = await gateway.records('contacts.v1', id, done + 2);
      expect(events.map(({ value }) => JSON.parse(value!).version)).toEqual(Array.from({ length: done + 2 }, (_, i) => i + 1));
      expect(events.at(-1)!.headers['ce_type']).toBe('contact-sync.ContactDeleted.v1');
    }
  });
});

describe('an update with a password that has read its contact', () => {
  it.each([
    ['', {}, 3],
    [' in a dry run', { prefer: 'dry-run' }, 2],
  ])(
    'when the contact gets another email%s meanwhile, and a login its former one / applies to the new one',
    async (_, headers, version) => {
      const company_id = await gateway.createCompany();
      const [former, next] = [address(), address()];
      const { id } = await gateway.createContact({ company_id, email: former });
      const [other] = await createLogins(company_id, [address()]);
      let isRead = false;
      const undo = around(
        EntityManager.prototype as unknown as Pick<OpenManager, 'findOne'>,
        'findOne',
        async (find, [entity]) => {
          const found = await find();
          if (entity === Contact && !isRead) {
            isRead = true;
            expect((await gateway.updateUntilAnswered(id, { email: next })).status).toBe(200);
            expect((await gateway.updateUntilAnswered(other.id, { email: former })).status).toBe(200);
          }
          return found;
        },
      );
      const answer = await gateway.callUntilAnswered('POST', `/contacts/${id}`, { password: PASSWORD }, headers).finally(undo);
      expect([isRead, answer.status, answer.body.data?.email, answer.body.data?.has_portal_login]).toEqual([
        true,
        200,
        next,
        true,
      ]);
      expect((await read(id)).version).toBe(version);
    },
  );
});

describe('an upsert that has found the contact with its email', () => {
  it.each([
    ['', {}],
    [' and the upsert has a password', { password: PASSWORD }],
  ])('when that contact is deleted meanwhile%s / creates one, as if it had come later', async (_, fields) => {
    const company_id = await gateway.createCompany();
    const { id, email } = await gateway.createContact({ company_id, email: address() });
    let isFound = false;
    const undo = around(StatementPool.prototype, 'query', async (query, [{ name }]) => {
      const found = await query();
      if (name === 'email-holders' && !isFound) {
        isFound = true;
        expect((await gateway.call('DELETE', `/contacts/${id}`)).status).toBe(200);
      }
      return found;
    });
    try {
      const body = { email, first_name: 'New', company_id, ...fields };
      const answer = await gateway.callUntilAnswered('PATCH', '/contacts', body);
      expect([isFound, answer.status, answer.body.data?.first_name]).toEqual([true, 201, 'New']);
      expect(answer.body.data.id).not.toBe(id);
    } finally {
      undo();
    }
  });

  it('when that contact gets another email while the upsert waits for a company / creates one, and leaves that contact alone', async () => {
    const company_id = await gateway.createCompany();
    const [{ id, email }, next] = [await gateway.createContact({ company_id, email: address() }), address()];
    const other = await gateway.sql.connect();
    try {
      await other.query('begin');
      await other.query('select from company where id = $1 for update', [company_id]);
      const body = { email, first_name: 'New', company_id, is_primary: true };
      const upsert = gateway.callUntilAnswered('PATCH', '/contacts', body);
      await untilLockIsWaitedFor();
      expect((await gateway.update(id, { email: next })).status).toBe(200);
      await other.query('commit');
      expect((await upsert).status).toBe(201);
      expect(await read(id)).toMatchObject({ version: 2, email: next, first_name: 'John' });
    } finally {
      await other.query('rollback');
      other.release();
    }
  });
});

describe('an upsert with a password whose email the login of another contact takes meanwhile', () => {
  /** Does this once, when the upsert has looked for contacts that have its email. */
  function onceLookedFor(act: () => Promise<unknown>): () => void {
    let isDone = false;
    return around(StatementPool.prototype, 'query', async (query, [{ name }]) => {
      const found = await query();
      if (name === 'email-holders' && !isDone) {
        isDone = true;
        await act();
      }
      return found;
    });
  }

  it.each([
    ['', {}, 3],
    [' in a dry run', { prefer: 'dry-run' }, 2],
  ])('when no contact had it%s / updates that contact', async (_, headers, version) => {
    const company_id = await gateway.createCompany();
    const [[contact], email] = [await createLogins(company_id, [address()]), address()];
    const undo = onceLookedFor(() => gateway.updateUntilAnswered(contact.id, { email }));
    const body = { email, first_name: 'New', company_id, password: PASSWORD };
    const answer = await gateway.callUntilAnswered('PATCH', '/contacts', body, headers).finally(undo);
    expect([answer.status, answer.body.data?.id, answer.body.data?.version]).toEqual([200, contact.id, 3]);
    expect((await read(contact.id)).version).toBe(version);
  });

  it('when a contact without a login had it / names both', async () => {
    const company_id = await gateway.createCompany();
    const email = address();
    const { id } = await gateway.createContact({ company_id, email });
    const [contact] = await createLogins(company_id, [address()]);
    const undo = onceLookedFor(() => gateway.updateUntilAnswered(contact.id, { email }));
    const answer = await gateway.callUntilAnswered('PATCH', '/contacts', { email, password: PASSWORD }).finally(undo);
    expect(answer).toMatchObject({
      status: 409,
      body: { code: 'email_ambiguous', contact_ids: [Number(id), Number(contact.id)] },
    });
  });

  it.each([
    ['together with other writes', {}],
    ['in a transaction of its own', { is_primary: true }],
  ])('when it creates a contact %s, and that claim is not committed yet / waits, and updates that contact', async (_, more) => {
    const company_id = await gateway.createCompany();
    const [[contact], email] = [await createLogins(company_id, [address()]), address()];
    const claimer = await gateway.sql.connect();
    try {
      await claimer.query('begin');
      await claimer.query('update contact set email = $1, email_key = $1 where id = $2', [email, contact.id]);
      await claimer.query('update portal_login set email = $1, email_key = $1 where contact_id = $2', [email, contact.id]);
      const body = { email, first_name: 'New', company_id, password: PASSWORD, ...more };
      const upsert = gateway.call('PATCH', '/contacts', body);
      await untilTransactionIsWaitedFor();
      await claimer.query('commit');
      const answer = await upsert;
      expect([answer.status, answer.body.data?.id]).toEqual([200, contact.id]);
    } finally {
      await claimer.query('rollback');
      claimer.release();
    }
  });
});

describe('two upserts of one new email', () => {
  it.each([
    ['together with other writes', {}],
    ['in a transaction of its own', { is_primary: true }],
  ])('when one runs %s while the other has not ended / it waits, and updates the contact of the other', async (_, more) => {
    const company_id = await gateway.createCompany();
    const email = address();
    const other = await gateway.sql.connect();
    try {
      await other.query('begin');
      // The lock that an upsert keeps until its commit.
      await other.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`upsert ${email}`]);
      const free = await gateway.createContact({ company_id });
      const upsert = gateway.callUntilAnswered('PATCH', '/contacts', { email, first_name: 'Two', company_id, ...more });
      // They are answered, so the one before them has been, too, unless it waits.
      for (let round = 0; round < 5; round++) await gateway.updateUntilAnswered(free.id, { phone_1: `${round}` });
      const { id } = await gateway.createContact({ company_id, email });
      await other.query('commit');
      const { status, body } = await upsert;
      expect([status, body.data.id]).toEqual([200, id]);
    } finally {
      await other.query('rollback');
      other.release();
    }
  });
});

describe('reads of contacts', () => {
  it('when 32 callers read 16 contacts at once / few statements read them, each gets its own, and a missing one is 404', async () => {
    const company_id = await gateway.createCompany();
    const ids: string[] = [];
    while (ids.length < 16) ids.push((await gateway.createContact({ company_id })).id);
    const wanted = [...ids, ...ids, '999999999'];
    const all = Promise.withResolvers<void>();
    let [asked, statements] = [0, 0];
    const undoAsking = around(GetContactHandler.prototype, 'execute', (execute) => {
      if (++asked === wanted.length) all.resolve();
      return execute();
    });
    const undoReading = around(StatementPool.prototype, 'query', async (query, [{ name }]) => {
      if (name === 'contacts-read') {
        statements++;
        await all.promise;
      }
      return query();
    });
    const read = (id: string) => gateway.call('GET', `/contacts/${id}`);
    const answers = await Promise.all(wanted.map(read)).finally(() => {
      undoAsking();
      undoReading();
    });
    expect(answers.map(({ status, body }) => [status, body.data?.id])).toEqual([
      ...[...ids, ...ids].map((id) => [200, id]),
      [404, undefined],
    ]);
    // Two at once, and then one for all that waited.
    expect(statements).toBeLessThanOrEqual(3);
  });
});

describe('a creation in a company', () => {
  it('when another creation in it has not ended / is done at once', async () => {
    const company_id = await gateway.createCompany();
    const other = await gateway.sql.connect();
    try {
      await other.query('begin');
      // The lock that a creation keeps until its commit.
      await other.query('select from company where id = $1 for share', [company_id]);
      const { company } = await gateway.createContact({ company_id });
      expect(Number(company.id)).toBe(company_id);
    } finally {
      await other.query('rollback');
      other.release();
    }
  });

  it('when the company is being renamed / waits, and shows the new name', async () => {
    const company_id = await gateway.createCompany();
    const other = await gateway.sql.connect();
    try {
      await other.query('begin');
      await other.query(`update company set name = 'Renamed' where id = $1`, [company_id]);
      const created = gateway.createContact({ company_id });
      await untilLockIsWaitedFor();
      await other.query('commit');
      const { company } = await created;
      expect(company.name).toBe('Renamed');
    } finally {
      await other.query('rollback');
      other.release();
    }
  });

  it('when forty run at once on two replicas / all are done, and one asks to be primary and is', async () => {
    const company_id = await gateway.createCompany();
    const creations = Array.from({ length: 40 }, (_, index) =>
      either(index).createContact({ company_id, is_primary: index === 20 }),
    );
    const contacts = await Promise.all(creations);
    expect(contacts.map(({ is_primary }) => is_primary)).toEqual(creations.map((_, index) => index === 20));
    const { rows } = await gateway.sql.query(
      'select count(*)::int as n from contact_company where company_id = $1 and is_primary',
      [company_id],
    );
    expect(rows[0].n).toBe(1);
  });
});

/** Such a lock is of no database: the one that waits for it is. */
async function untilTransactionIsWaitedFor(): Promise<void> {
  await eventually(async () => {
    const { rows } = await gateway.sql.query(
      `select from pg_locks join pg_stat_activity using (pid)
       where not granted and locktype = 'transactionid' and datname = current_database()`,
    );
    expect(rows).not.toEqual([]);
  });
}

async function untilLockIsWaitedFor(): Promise<void> {
  await eventually(async () => {
    const { rows } = await gateway.sql.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%from company%'`,
    );
    expect(rows).not.toEqual([]);
  });
}

describe('a contact that moves between companies while it is read', () => {
  it('when all reads are answered / each version is shown with the companies of its own event', async () => {
    const companies = [await gateway.createCompany(), await gateway.createCompany()];
    const { id } = await gateway.createContact({ company_id: companies[0] });
    const reading = new AbortController();
    const seen: [number, number[]][] = [];
    const readers = Array.from({ length: 4 }, async (_, at) => {
      while (!reading.signal.aborted) {
        const { body } = await either(at).call('GET', `/contacts/${id}`);
        seen.push([body.data.version, body.data.companies.map((company: { id: number }) => company.id)]);
      }
    });
    for (let move = 1; move <= MOVES; move++) await gateway.updateUntilAnswered(id, { company_id: companies[move % 2] });
    reading.abort();
    await Promise.all(readers);
    const events = await gateway.records('contacts.v1', id, MOVES + 1);
    const told = new Map(
      events.map(({ value }) => {
        const { version, contact } = JSON.parse(value!);
        return [version, contact.companies.map((company: { id: number }) => company.id)];
      }),
    );
    expect(new Set(seen.map(([version]) => version)).size).toBeGreaterThan(5);
    for (const [version, shown] of seen) expect([version, shown]).toEqual([version, told.get(version)]);
  });
});

describe('a company whose tags change, and that is deleted, while it is read', () => {
  it('when all reads are answered / each version is shown with its own tags', async () => {
    const id = await gateway.createCompany();
    const told = new Map<string | null, string[]>([['"1"', []]]);
    const seen: [string | null, string[]][] = [];
    const names = (tags: { name: string }[]) => tags.map(({ name }) => name);
    const readers = ['', '/tags', '', '/tags'].map(async (path, at) => {
      for (;;) {
        const { status, headers, body } = await either(at).callUntilAnswered('GET', `/companies/${id}${path}`);
        if (status !== 200) return status;
        seen.push([headers.get('etag'), names(body.data.tags ?? body.data)]);
      }
    });
    for (let change = 1; change <= MOVES; change++) {
      const tags = [`tag ${change}`, `tag ${change + 1}`];
      const { headers, body } = await gateway.callUntilAnswered('PUT', `/companies/${id}/tags`, { tags });
      told.set(headers.get('etag'), names(body.data));
    }
    await gateway.callUntilAnswered('DELETE', `/companies/${id}`);
    expect(await Promise.all(readers)).toEqual([404, 404, 404, 404]);
    expect(new Set(seen.map(([etag]) => etag)).size).toBeGreaterThan(5);
    for (const [etag, shown] of seen) expect([etag, shown]).toEqual([etag, told.get(etag)]);
  });
});
