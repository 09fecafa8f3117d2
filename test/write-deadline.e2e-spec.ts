import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#app/system/testing';
import type pg from 'pg';
import { TestGateway } from './gateway.harness.js';

/** Two seconds and the delay of a busy machine; less than two waits one after the other. */
const TOLD_WITHIN_MS = 3_800;
/** A password may wait so much longer in the queue of hashes. */
const HASHING_MS = 5_000;
/** More than the pool of writes has places. */
const WAITING_CREATIONS = 40;
const ROUNDS = 3;
/** A machine that is out of CPU is late with a round now and then. Were connections held, each would be late. */
const LATE_ROUNDS = 5;
/** Less than a late write would wait for a lock, which is over a second. */
const GIVEN_UP_MS = 700;
/** Almost as long as a write waits for one lock. */
const FIRST_WAIT_MS = 1_300;
/** Less than a lock is waited for, and longer than what is left of a request's time then. */
const LATE_MS = 500;
const BASE = '/external/api/v1';

let gateway: TestGateway;
let other: pg.PoolClient;
let company: number;
let contact: { id: string; email: string };
let writes: [method: string, path: string][];

beforeAll(async () => {
  gateway = await TestGateway.start();
  company = await gateway.createCompany();
  contact = await gateway.createContact({ company_id: company, email: 'locked@example.com', password: 'a good password' });
  await gateway.call('PUT', `/companies/${company}/tags`, { tags: ['sales'] });
  const { paths } = (await (await fetch(`${gateway.url}/openapi.json`)).json()) as { paths: Record<string, object> };
  writes = Object.entries(paths)
    .filter(([path]) => path.startsWith(BASE))
    .flatMap(([path, methods]) => Object.keys(methods).map((method): [string, string] => [method.toUpperCase(), path]))
    .filter(([method]) => method !== 'GET')
    .map(([method, path]) => [method, path.slice(BASE.length)]);
  other = await gateway.sql.connect();
});
afterAll(async () => {
  await other?.query('rollback').catch(() => undefined);
  other?.release();
  await gateway?.stop();
});

/** A body that needs the locked rows. */
function bodyOf(method: string, path: string): unknown {
  if (method === 'DELETE') return undefined;
  if (path.endsWith('password')) return { password: 'another password' };
  if (path.endsWith('tags')) return { tags: ['other'] };
  if (path === '/contacts/batch') return { items: [{ id: contact.id, phone_1: '1' }] };
  if (path === '/contacts') return { first_name: 'Ann', email: method === 'PATCH' ? contact.email : null, company_id: company };
  if (path === '/companies') return { name: 'New', tags: ['sales'] };
  if (path === '/tokens') return { name: 'spec', scopes: ['events:read'] };
  return path.startsWith('/companies') ? { phone: '1' } : { phone_1: '1', company_id: company };
}

async function answerOf([method, path]: [string, string]): Promise<Record<string, unknown>> {
  const target = path
    .replace('{name}', 'sales')
    .replace('/contacts/{id}', `/contacts/${contact.id}`)
    .replace('/companies/{id}', `/companies/${company}`)
    .replace('{id}', '1');
  const startedAt = performance.now();
  const { status, headers, body } = await gateway.call(method, target, bodyOf(method, path), {
    'idempotency-key': `${method} ${path} ${startedAt}`,
  });
  const ms = performance.now() - startedAt;
  const item = status === 207 ? body.data[0] : undefined;
  return {
    request: `${method} ${path}`,
    status: item?.status ?? status,
    retryAfter: item?.retry_after ?? Number(headers.get('retry-after')),
    inTime: ms < TOLD_WITHIN_MS + (path.endsWith('password') ? HASHING_MS : 0) ? true : Math.round(ms),
  };
}

/** The answers of all writes. A machine without CPU is late now and then; two waits one after the other are late each time. */
async function answersOf(ask: () => Promise<Record<string, unknown>[]>): Promise<Record<string, unknown>[]> {
  for (let late = 0; ; late++) {
    const answers = await ask();
    if (late === LATE_ROUNDS || answers.every(({ inTime }) => inTime === true)) return answers;
  }
}

/** Another transaction holds everything that the writes need. */
async function lockRows(): Promise<void> {
  await other.query('begin');
  for (const table of ['contact', 'company', 'portal_login', 'api_token', 'tag', 'company_tag'])
    await other.query(`lock table ${table} in row exclusive mode`);
  await other.query('select from contact for update');
  await other.query('select from company for update');
  await other.query('select from api_token for update');
  // Makes every insert into these tables wait, as a migration does.
  await other.query('lock table company, contact in share row exclusive mode');
}

describe('a write that waits for what another transaction has locked', () => {
  beforeAll(lockRows);
  afterAll(() => other.query('rollback'));

  it('when the connections are free / each route answers 503 with Retry-After within its time', async () => {
    const answers = await answersOf(() => Promise.all(writes.map(answerOf)));
    expect(answers.length).toBeGreaterThan(15);
    expect(answers).toEqual(answers.map(({ request }) => ({ request, status: 503, retryAfter: 1, inTime: true })));
  });

  it('when other writes hold all connections first / each route answers 503 with Retry-After within its time', async () => {
    const answers = await answersOf(async () => {
      const holding = Array.from({ length: WAITING_CREATIONS }, () =>
        gateway.call('POST', '/contacts', { first_name: 'Ann', company_id: company }),
      );
      const answered = await Promise.all(writes.map(answerOf));
      await Promise.all(holding);
      return answered;
    });
    expect(answers).toEqual(answers.map(({ request }) => ({ request, status: 503, retryAfter: 1, inTime: true })));
  });
});

describe('updates that share a transaction', () => {
  it('when they get their lock after their callers were told 503 / change nothing', async () => {
    const contacts = [await gateway.createContact(), await gateway.createContact()];
    await other.query('begin; lock table contact in share row exclusive mode');
    const items = contacts.map(({ id }) => ({ id: Number(id), phone_1: '1' }));
    const { body } = await gateway.call('POST', '/contacts/batch', { items });
    // The second wait of an update would last longer.
    await sleep(LATE_MS);
    await other.query('rollback');
    expect(body.data.map(({ status }: { status: number }) => status)).toEqual([503, 503]);
    await sleep(LATE_MS);
    const { rows } = await gateway.sql.query('select version::int from contact where id = any($1::bigint[])', [
      contacts.map(({ id }) => id),
    ]);
    expect(rows).toEqual([{ version: 1 }, { version: 1 }]);
  });
});

describe('a company that another transaction has locked', () => {
  it('when forty callers try to write it again and again / all other writes and reads succeed, and the gateway is ready', async () => {
    const open = await gateway.createCompany();
    const contacts = await Promise.all(
      Array.from({ length: 2 * (ROUNDS + LATE_ROUNDS) }, () => gateway.createContact({ company_id: open })),
    );
    await other.query('begin');
    await other.query('select from company where id = $1 for update', [company]);
    const stop = new AbortController();
    const refused = new Set<number>();
    const callers = Array.from({ length: WAITING_CREATIONS }, async (_, at) => {
      const ofCompany: [string, string, unknown][] = [
        ['POST', '/contacts', { first_name: 'Ann', company_id: company }],
        ['PATCH', '/contacts', { first_name: 'Ann', email: `locked.${at}@example.com`, company_id: company }],
        ['POST', `/companies/${company}`, { phone: '1' }],
        ['PUT', `/companies/${company}/tags`, { tags: [`tag ${at}`] }],
      ];
      while (!stop.signal.aborted) refused.add((await gateway.call(...ofCompany[at % ofCompany.length]!)).status);
    });
    try {
      await eventually(() => expect([...refused]).toEqual([503]));
      for (let [round, late] = [0, 0]; round < ROUNDS + late; round++) {
        const [kept, removed] = contacts.splice(0, 2);
        const answers = await Promise.all([
          gateway.call('POST', '/contacts', { first_name: 'Ben', company_id: open }),
          gateway.call('PATCH', '/contacts', { first_name: 'Ben', email: `free.${round}@example.com`, company_id: open }),
          gateway.call('POST', `/contacts/${kept!.id}`, { phone_1: '1' }),
          gateway.call('POST', `/contacts/${kept!.id}`, { is_primary: true }),
          gateway.call('DELETE', `/contacts/${removed!.id}`),
          gateway.call('POST', `/companies/${open}`, { phone: '1' }),
          gateway.call('POST', '/tokens', { name: 'spec', scopes: ['events:read'] }),
          gateway.call('GET', `/contacts/${kept!.id}`),
          fetch(`${gateway.url}/health/ready`),
        ]);
        const statuses = answers.map(({ status }) => status);
        if (statuses.includes(503) && late < LATE_ROUNDS) late++;
        else expect(statuses).toEqual([201, 201, 200, 200, 200, 200, 201, 200, 200]);
      }
    } finally {
      stop.abort();
      await Promise.all(callers);
      await other.query('rollback');
    }
    expect([...refused]).toEqual([503]);
  });

  const isWaiting = async (): Promise<boolean> => {
    const text = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    return ((await gateway.sql.query(text)).rowCount ?? 0) > 0;
  };

  const openTransactions = async (): Promise<number | null> => {
    const text = `select from pg_stat_activity
      where datname = current_database() and backend_type = 'client backend' and xact_start is not null and pid <> pg_backend_pid()`;
    return (await gateway.sql.query(text)).rowCount;
  };

  /** How long something still waits. */
  const waitingMs = async (): Promise<number> => {
    const since = performance.now();
    while (await isWaiting());
    return performance.now() - since;
  };

  /** @param refused has writes refused, and returns how long they still wait then. A machine without CPU is late with that now and then */
  async function expectGivenUp(refused: () => Promise<number>): Promise<void> {
    let ms = await refused();
    for (let late = 0; ms >= GIVEN_UP_MS && late < LATE_ROUNDS; late++) ms = await refused();
    expect(ms).toBeLessThan(GIVEN_UP_MS);
  }

  it('when a write gets its turn shortly before its deadline / it holds no connection once its caller has 503', () =>
    expectGivenUp(async () => {
      await other.query('begin');
      await other.query('select from company where id = $1 for update', [company]);
      try {
        const write = () => gateway.call('POST', `/companies/${company}`, { phone: '2' });
        // The second one has its turn when the first one has waited for its longest.
        expect((await Promise.all([write(), write()])).map(({ status }) => status)).toEqual([503, 503]);
        return await waitingMs();
      } finally {
        await other.query('rollback');
      }
    }));

  it('when a write has waited for it and then waits for another lock / it holds neither once its caller has 503', () =>
    expectGivenUp(async () => {
      const tags = await gateway.sql.connect();
      await tags.query('begin');
      await other.query('begin');
      try {
        await tags.query("insert into tag (name_key, name) values ('made elsewhere', 'made elsewhere')");
        await other.query('select from company where id = $1 for update', [company]);
        const write = gateway.call('POST', `/companies/${company}`, { tags: ['made elsewhere'] });
        await eventually(async () => expect(await isWaiting()).toBe(true));
        await sleep(FIRST_WAIT_MS);
        await other.query('rollback');
        expect((await write).status).toBe(503);
        return await waitingMs();
      } finally {
        await Promise.all([tags.query('rollback'), other.query('rollback')]);
        tags.release();
      }
    }));

  it('when a token is being made as its caller has 503 / it is not made', async () => {
    const audit = await gateway.sql.connect();
    await audit.query('begin');
    await other.query('begin');
    try {
      await audit.query('lock table audit_entry in share row exclusive mode');
      await other.query('select from api_token for update');
      const creation = gateway.call('POST', '/tokens', { name: 'nobody has it', scopes: ['events:read'] });
      await eventually(async () => expect(await isWaiting()).toBe(true));
      await sleep(FIRST_WAIT_MS);
      await other.query('rollback');
      expect((await creation).status).toBe(503);
    } finally {
      await Promise.all([audit.query('rollback'), other.query('rollback')]);
      audit.release();
    }
    await eventually(async () => expect(await openTransactions()).toBe(0));
    const { rowCount } = await gateway.sql.query("select from api_token where name = 'nobody has it'");
    expect(rowCount).toBe(0);
  });
});
