import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#app/system/testing';
import type pg from 'pg';
import { TestGateway, type Answer } from './gateway.harness.js';

const ROUNDS = 5;
/** A machine that is out of CPU is late with a round now and then. Were writes kept waiting, each would be late. */
const LATE_ROUNDS = 2;

let gateway: TestGateway;
let other: pg.PoolClient;
let company: number;
/** Nothing of it is locked. */
let elsewhere: number;
let contacts: { id: string }[];

beforeAll(async () => {
  gateway = await TestGateway.start();
  company = await gateway.createCompany();
  elsewhere = await gateway.createCompany();
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

/** Runs it again where its answers are late. */
async function unlessLate(run: () => Promise<Answer[]>): Promise<Answer[]> {
  for (let late = 0; ; late++) {
    const answers = await run();
    if (late === LATE_ROUNDS || !answers.some(({ status }) => status === 503)) return answers;
  }
}

describe('contacts that another transaction has locked', () => {
  it('when updates of locked and free contacts come at once / each free one is 200, and only locked ones are 503', async () => {
    await whileLocked(5, async (locked, free) => {
      const update = ({ id }: { id: string }, round: number) => gateway.update(id, { phone_2: `round ${round}` });
      const onLocked = Promise.all(locked.map((contact) => update(contact, -1)));
      for (let [round, late] = [0, 0]; round < ROUNDS + late; round++) {
        const statuses = (await Promise.all(free.map((contact) => update(contact, round)))).map(({ status }) => status);
        if (statuses.includes(503) && late < LATE_ROUNDS) late++;
        else expect(statuses).toEqual(free.map(() => 200));
      }
      const refused = await onLocked;
      expect(refused.map(({ status, body }) => [status, body.code])).toEqual(locked.map(() => [503, 'timed_out']));
      expect(refused.every(({ headers }) => headers.get('retry-after') === '1')).toBe(true);
    });
  });

  it('when the lock ends before the deadline / the waiting updates are done in the order of their arrival', async () => {
    const [contact] = contacts;
    const answers = await unlessLate(async () => {
      const waiting = await whileLocked(1, async () => {
        const updates: Promise<Answer>[] = [];
        for (const phone_2 of ['first', 'second', 'third']) {
          updates.push(gateway.update(contact!.id, { phone_2 }));
          // Requests on several connections can overtake each other: this one is answered, so the one before it has arrived.
          await gateway.update(contacts[1]!.id, { phone_2: `behind the ${phone_2}` });
        }
        return updates;
      });
      return Promise.all(waiting);
    });
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const versions = answers.map(({ body }) => body.data.version);
    expect(versions).toEqual([versions[0], versions[0] + 1, versions[0] + 2]);
    expect((await gateway.call('GET', `/contacts/${contact!.id}`)).body.data.phone_2).toBe('third');
  });
});

type Write = [method: string, path: string, body?: unknown];

/** Far less than a write waits for a locked row. */
const USUAL_MS = 700;

/** Another transaction runs a statement, and holds what it locks while `work` runs. */
async function whileHeld(statement: [text: string, values?: unknown[]], work: () => Promise<void>): Promise<void> {
  await other.query('begin');
  try {
    await other.query(...statement);
    await work();
  } finally {
    await other.query('rollback');
  }
}

/** Sends writes at once. */
async function timed(writes: Write[]): Promise<{ statuses: number[]; ms: number }> {
  const began = performance.now();
  const answers = await Promise.all(writes.map((write) => gateway.call(...write)));
  return { statuses: answers.map(({ status }) => status), ms: performance.now() - began };
}

/**
 * By how much `others` take longer than writes of another company at the same time, in the median of some rounds, while each of the
 * `waiting` writes is sent again and again, in vain. The others succeed, but in a few rounds of a busy machine.
 */
async function medianDelayBeside(waiting: Write[], others: (round: number) => Write[]): Promise<number> {
  const refused = new Set<number>();
  const delays: number[] = [];
  const stop = new AbortController();
  const callers = waiting.map(async (write) => {
    while (!stop.signal.aborted) refused.add((await gateway.call(...write)).status);
  });
  try {
    for (let [round, late] = [0, 0]; round < ROUNDS + late; round++) {
      const [here, there] = await Promise.all([timed(others(round)), timed(ofCompany(round, elsewhere))]);
      delays.push(here.ms - there.ms);
      const statuses = [...here.statuses, ...there.statuses];
      if (statuses.includes(503) && late < LATE_ROUNDS) late++;
      else expect(statuses.map((status) => Math.floor(status / 100))).toEqual(statuses.map(() => 2));
    }
  } finally {
    stop.abort();
    await Promise.all(callers);
  }
  expect([...refused]).toEqual([503]);
  return delays.sort((a, b) => a - b)[Math.floor(delays.length / 2)]!;
}

/** Writes of a company besides those that wait. */
const ofCompany = (round: number, id = company): Write[] => [
  ['POST', '/contacts', { first_name: 'Ben', company_id: id }],
  ['PATCH', '/contacts', { first_name: 'Eve', email: `eve.${id}.${performance.now()}@example.com`, company_id: id }],
  ['POST', `/companies/${id}`, { phone: `${round}` }],
];

describe('writes that need a locked contact and lock its company too', () => {
  /** Each needs the first contact: as its own, or as the primary contact whose flag it takes. */
  const needing = (second: number): Write[] => [
    ['POST', `/contacts/${contacts[0]!.id}`, { is_primary: false }],
    ['POST', `/contacts/${contacts[0]!.id}`, { company_ids: [company, second] }],
    ['PATCH', '/contacts', { email: 'locked@example.com', company_ids: [company] }],
    ['POST', `/contacts/${contacts[1]!.id}`, { is_primary: true }],
    ['POST', '/contacts', { first_name: 'Ann', company_id: company, is_primary: true }],
  ];

  it('when they wait again and again / other writes of that company succeed at their usual time', async () => {
    const second = await gateway.createCompany();
    await gateway.update(contacts[0]!.id, { email: 'locked@example.com', is_primary: true });
    const others = (round: number): Write[] => [
      ...ofCompany(round),
      ['POST', `/contacts/${contacts[2]!.id}`, { company_ids: [company, second] }],
    ];
    await whileLocked(1, async () => expect(await medianDelayBeside(needing(second), others)).toBeLessThan(USUAL_MS));
  });

  it('when the lock ends before the deadline / the waiting write is done', async () => {
    const [answer] = await unlessLate(async () => {
      const waiting = await whileLocked(1, async () => {
        const write = gateway.update(contacts[0]!.id, { is_primary: true });
        await gateway.call('POST', '/contacts', { first_name: 'Ben', company_id: company });
        return [write];
      });
      return Promise.all(waiting);
    });
    expect(answer!.status).toBe(200);
  });
});

describe('a company that another transaction has locked', () => {
  it('when contacts are moved into it and into another one / those of the other one are done, and the rest once it is free', async () => {
    const [locked, free] = [await gateway.createCompany(), await gateway.createCompany()];
    await other.query('begin');
    await other.query('select from company where id = $1 for no key update', [locked]);
    let waiting: ReturnType<TestGateway['update']>[];
    try {
      waiting = contacts.slice(4, 8).map(({ id }) => gateway.updateUntilAnswered(id, { company_id: locked }));
      const moved = await Promise.all(contacts.slice(8, 12).map(({ id }) => gateway.update(id, { company_id: free })));
      expect(moved.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    } finally {
      await other.query('rollback');
    }
    const answers = await Promise.all(waiting);
    expect(answers.map(({ body }) => body.data.company_id)).toEqual([1, 2, 3, 4].map(() => String(locked)));
  });
});

describe('writes that hold one lock while they need another one', () => {
  it('when they need a locked company and a free one / writes of the free one, and deletions of others, succeed at their usual time', async () => {
    const [second, ...closing] = await Promise.all(
      Array.from({ length: 1 + ROUNDS + LATE_ROUNDS }, () => gateway.createCompany()),
    );
    const company_ids = [company, second!];
    const waiting: Write[] = [
      ['POST', `/contacts/${contacts[6]!.id}`, { company_ids }],
      ['POST', '/contacts', { first_name: 'Ann', company_ids }],
      ['POST', '/contacts', { first_name: 'Ann', company_ids, is_primary: true }],
      ['PATCH', '/contacts', { first_name: 'Ann', email: 'two@example.com', company_ids }],
      ['DELETE', `/companies/${second}`],
      ['POST', `/companies/${second}`, { phone: '1' }],
    ];
    const others = (round: number): Write[] => [
      ...ofCompany(round),
      ['POST', `/contacts/${contacts[7]!.id}`, { is_primary: round % 2 === 0 }],
      ['DELETE', `/companies/${closing[round]}`],
    ];
    const median = () => medianDelayBeside(waiting, others);
    await whileHeld(['select from company where id = $1 for update', [second]], async () =>
      expect(await median()).toBeLessThan(USUAL_MS),
    );
  });

  it('when they make a tag that another transaction makes / other writes of their company and contacts succeed at their usual time', async () => {
    const waiting: Write[] = [
      ['POST', `/contacts/${contacts[8]!.id}`, { tags: ['made elsewhere'] }],
      ['POST', '/contacts', { first_name: 'Ann', company_id: company, tags: ['made elsewhere'] }],
      ['POST', `/companies/${company}`, { tags: ['made elsewhere'] }],
      ['PUT', `/companies/${company}/tags`, { tags: ['made elsewhere'] }],
    ];
    const others = (round: number): Write[] => [
      ...ofCompany(round),
      ['POST', `/contacts/${contacts[8]!.id}`, { phone_1: `${round}` }],
      ['POST', `/contacts/${contacts[9]!.id}`, { tags: [`made here in ${round}`] }],
    ];
    const insert = "insert into tag (name_key, name) values ('made elsewhere', 'made elsewhere')";
    await whileHeld([insert], async () => expect(await medianDelayBeside(waiting, others)).toBeLessThan(USUAL_MS));
  });

  it('when they claim an email that another transaction claims / other updates and writes of their company succeed at their usual time', async () => {
    const withLogin = await gateway.createContact({ company_id: company, email: 'a@example.com', password: 'a good password' });
    const claim = { email: 'claimed@example.com' };
    const waiting: Write[] = [
      ['POST', `/contacts/${withLogin.id}`, claim],
      ['POST', `/contacts/${withLogin.id}`, { ...claim, is_primary: true }],
    ];
    const others = (round: number): Write[] => [
      ...ofCompany(round),
      ...contacts.slice(10).map(({ id }): Write => ['POST', `/contacts/${id}`, { phone_1: `${round}` }]),
    ];
    const insert = `insert into portal_login (contact_id, email, email_key, credential)
      select $1, $2, $2, credential from portal_login where contact_id = $3`;
    await whileHeld([insert, [contacts[5]!.id, claim.email, withLogin.id]], async () =>
      expect(await medianDelayBeside(waiting, others)).toBeLessThan(USUAL_MS),
    );
  });
});

describe('new tags that several updates name', () => {
  const make = (name: string): string => `insert into tag (name_key, name) values ('${name}', '${name}')`;

  it('when an update names them in another order / it makes them in the order of their names, so that no two updates deadlock', async () => {
    const stop = new AbortController();
    const prober = await gateway.sql.connect();
    let last: number | undefined;
    await whileHeld([make('b of two')], async () => {
      const updates = (async () => {
        while (!stop.signal.aborted) last = (await gateway.update(contacts[3]!.id, { tags: ['b of two', 'a of two'] })).status;
      })();
      try {
        // While the update waits for the second one, it has the first one.
        await eventually(async () => {
          await prober.query('begin; set local lock_timeout = 1');
          const probe = prober.query(make('a of two')).finally(() => prober.query('rollback'));
          await expect(probe).rejects.toMatchObject({ code: '55P03' });
        });
      } finally {
        await other.query('rollback');
        stop.abort();
        await updates;
        prober.release();
      }
    });
    expect(last).toBe(200);
  });
});
