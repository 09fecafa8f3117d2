import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { CONTACT_FIELDS } from '#app/contracts';
import { PeerWatch } from '#app/http';
import { eventually, seededRandom } from '#app/system/testing';
import { EventStreamClient } from './event-stream.client.js';
import { around } from './faults/seams/around.js';
import { TestGateway, TOKEN } from './gateway.harness.js';

const random = seededRandom(import.meta.filename);
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start({ EVENT_STREAMS_PER_TOKEN: '50' });
});
afterAll(() => gateway?.stop());

const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${gateway.url}/external/api/v1${path}`, { method, headers: { authorization: `Bearer ${TOKEN}`, ...headers } });

async function exported(path: string): Promise<{ rows: any[]; end: any; headers: Headers }> {
  const response = await ask(path);
  expect(response.status).toBe(200);
  const lines = (await response.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { rows: lines.slice(0, -1), end: lines.at(-1), headers: response.headers };
}

/** For how long a slow reader is slow: what waits in its buffers by then, it reads at once. */
const SLOW_MS = 8_000;

/** An export whose reader has taken the first bytes, and reads the rest piece by piece: the whole would take it many seconds. */
async function slowly(path: string, token: string, url = gateway.url) {
  const response = await fetch(`${url}/external/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
  const reader = response.body!.getReader();
  await reader.read();
  const began = performance.now();
  const read = async (): Promise<void> => {
    while (!(await reader.read()).done) if (performance.now() - began < SLOW_MS) await sleep(100);
  };
  return { reader, read };
}

async function listed(path: string): Promise<any[]> {
  const rows = [];
  for (let page = 1; ; page++) {
    const { body } = await gateway.call('GET', `${path}${path.includes('?') ? '&' : '?'}per_page=100&page=${page}`);
    rows.push(...body.data);
    if (page >= body.meta.last_page) return rows;
  }
}

describe('an export', () => {
  beforeAll(async () => {
    const company = await gateway.createCompany('=Acme, "Corp"');
    for (let index = 0; index < 12; index++)
      await gateway.createContact({
        company_id: company,
        last_name: index % 2 ? 'Odd' : 'Even',
        tags: ['b', 'a'],
        phone_1: '+1 555',
      });
    await gateway.sql.query(
      `insert into contact (first_name, has_portal_login, version, login_version, created_at, updated_at)
         select 'Bulk ' || n, false, 1, 0, now(), now() from generate_series(1, 2500) n`,
    );
  });

  it.each(['/contacts', '/companies'])(
    'when %s is exported / has each row as the list shows it, in order of ids, and their number',
    async (path) => {
      const { rows, end, headers } = await exported(`${path}/export`);
      expect(rows).toEqual(await listed(path));
      expect(end).toEqual({ end: { count: rows.length } });
      expect(headers.get('content-type')).toBe('application/x-ndjson');
    },
  );

  it('when it is read / has its position in the events, for the stream and for Kafka readers', async () => {
    const { headers } = await exported('/companies/export');
    const offsets = JSON.parse(headers.get('snapshot-offsets')!);
    const topics = (['contacts.v1', 'portal-logins.v1', 'companies.v1'] as const).map((name) => gateway.topic(name));
    expect(Object.keys(offsets)).toEqual(topics);
    expect(Object.keys(offsets[topics[0]!])).toEqual(['0', '1', '2']);
    const stream = await EventStreamClient.open(gateway.url, TOKEN, '?type=CompanyCreated', {
      'last-event-id': headers.get('snapshot-cursor')!,
    });
    const id = await gateway.createCompany('After');
    await eventually(() => expect(stream.events.map(({ data }) => data.subject)).toEqual([`companies/${id}`]));
    stream.close();
  });

  it('when filters of the list are given / applies them', async () => {
    const { rows, end } = await exported('/contacts/export?last_name=odd&tags=A');
    expect(rows).toEqual(await listed('/contacts?last_name=odd&tags=A'));
    expect(end).toEqual({ end: { count: 6 } });
  });

  it.each(['page=2', 'per_page=5', 'limit=5', 'sort=id:desc', 'nickname=x'])(
    'when the query is ?%s / answers 422 that names the parameter',
    async (parameter) => {
      const { status, body } = await gateway.call('GET', `/contacts/export?${parameter}`);
      expect([status, Object.keys(body.errors)]).toEqual([422, [parameter.split('=')[0]]]);
    },
  );

  it('when it is a dry run, or token or scope is wrong / answers an error; when the method is HEAD / sends no body, nor its length', async () => {
    expect((await ask('/contacts/export', { prefer: 'dry-run' })).status).toBe(422);
    expect((await ask('/contacts/export', { authorization: 'Bearer nobody' })).status).toBe(401);
    const head = await ask('/contacts/export', {}, 'HEAD');
    expect([head.status, await head.text(), head.headers.get('content-length'), head.headers.get('snapshot-cursor')]).toEqual([
      200,
      '',
      null,
      expect.stringMatching(/^[\w-]+$/),
    ]);
  });

  it('when CSV is accepted / is a table of the scalar fields', async () => {
    const response = await ask('/contacts/export?last_name=odd', { accept: 'text/csv' });
    expect(response.headers.get('content-type')).toMatch(/^text\/csv/);
    const [head = '', first = '', ...others] = (await response.text()).split('\r\n');
    expect(head.split(',')).toEqual([
      ...CONTACT_FIELDS.filter((name) => !['company', 'companies', 'tags'].includes(name)),
      'company.name',
      'tags',
    ]);
    expect(first).toContain(`,'+1 555,`);
    expect(first).toMatch(/,"'=Acme, ""Corp""","a,b"$/);
    expect(others.at(-1)).toBe('');
    expect(others).toHaveLength(6);
  });

  it.each(['GET', 'HEAD'])('when a token has read two by %s to their ends / may begin two others at once', async (method) => {
    const status = async (): Promise<number> => {
      const response = await ask('/companies/export', {}, method);
      await response.text();
      return response.status;
    };
    for (let round = 0; round < 20; round++) expect(await Promise.all([status(), status()])).toEqual([200, 200]);
  });

  it('when it ends / writes an audit entry with its token and its request', async () => {
    await (await ask('/companies/export', { 'x-request-id': 'audited-export' })).text();
    await eventually(async () => {
      const { body } = await gateway.call('GET', '/audit?request_id=audited-export');
      expect(body.data).toMatchObject([{ actor: 'token:1', action: 'export', target: 'companies' }]);
      expect(Object.keys(body.data[0])).toEqual(['id', 'at', 'actor', 'action', 'target', 'request_id', 'details']);
    });
  });

  it('when its audit entry is looked up by the time that it shows / is found', async () => {
    const { at, id } = (await gateway.call('GET', '/audit?per_page=1')).body.data[0];
    for (const query of [`at=${at}`, `at[lte]=${at}`, `at[contains]=${at}`])
      expect((await gateway.call('GET', `/audit?id=${id}&${query}`)).body.data).toMatchObject([{ id, at }]);
    expect((await gateway.call('GET', `/audit?id=${id}&at[gt]=${at}`)).body.data).toEqual([]);
  });
});

describe('an export that its reader takes slowly', () => {
  // More than what the buffers of two sockets hold.
  beforeAll(() =>
    bulk(`insert into contact (first_name, has_portal_login, version, login_version, created_at, updated_at)
    select 'Many', false, 1, 0, now(), now() from generate_series(1, 20000)`),
  );
  afterAll(() => bulk(`delete from contact where first_name = 'Many'`));
  const bulk = async (statement: string): Promise<void> => void (await gateway.sql.query(statement));

  let warn: jest.Spied<Logger['warn']>;
  beforeEach(() => void (warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined)));
  afterEach(() => void jest.restoreAllMocks());
  const SESSIONS = `from pg_stat_activity where datname = current_database() and application_name like '%exports'`;
  const cuts = () => warn.mock.calls.map(([line]) => line as { msg?: string }).filter(({ msg }) => msg === 'An export is cut.');

  it('when a token has two open, or the process four / a further one is refused with Retry-After', async () => {
    const tokens = await Promise.all([1, 2, 3].map(() => gateway.insertToken(['contacts:read'])));
    const open: Response[] = [];
    for (const index of [0, 0, 0, 1, 1, 2])
      open.push(await ask('/contacts/export', { authorization: `Bearer ${tokens[index]!}` }));
    const answers = open.map(({ status, headers }) => [status, headers.get('retry-after')]);
    await Promise.all(open.map(({ body }) => body!.cancel()));
    const served = [200, null];
    expect(answers).toEqual([served, served, [429, '10'], served, served, [503, '10']]);
    await eventually(async () => {
      const again = await ask('/companies/export');
      await again.text();
      expect(again.status).toBe(200);
    });
  });

  it('when its token is revoked / is cut within seconds, without its end, and the log says why', async () => {
    const token = await gateway.insertToken(['contacts:read']);
    const { reader, read } = await slowly('/contacts/export', token);
    await gateway.sql.query('update api_token set revoked_at = now() where name = $1', [token]);
    await expect(read()).rejects.toThrow('terminated');
    reader.releaseLock();
    await eventually(() => expect(cuts()).toMatchObject([{ reason: expect.stringContaining('token') }]));
  });

  it('when it takes longer than EXPORT_MAX_SECONDS / is cut, without its end, and the log says why', async () => {
    // Its first bytes come before that on a busy machine too.
    const hasty = await gateway.replica({ exportMaxMs: 2_000 });
    const whole = slowly('/contacts/export', TOKEN, hasty.url).then(({ read }) => read());
    await expect(whole).rejects.toThrow('terminated');
    await hasty.stop();
    expect(cuts()).toMatchObject([{ reason: 'It takes more than 2 s.' }]);
  });

  it('when its reader takes nothing for 60 s / is cut, without its end, and the log says why', async () => {
    let stalled: (() => void) | undefined;
    const undo = around(PeerWatch.prototype, 'watch', (watch, [, onDead]) => {
      stalled = onDead;
      return watch();
    });
    const { read } = await slowly('/contacts/export', TOKEN).finally(undo);
    // As its watch does after that time.
    stalled!();
    await expect(read()).rejects.toThrow('terminated');
    expect(cuts()).toMatchObject([{ reason: 'Its reader took nothing for 60 s.' }]);
  });

  it('when its session in the database ends / is cut, without its last chunk, and the log says why', async () => {
    const { read } = await slowly('/contacts/export', TOKEN);
    // One that was just cut may be there too.
    expect((await gateway.sql.query(`select pg_terminate_backend(pid) ${SESSIONS}`)).rowCount).toBeGreaterThan(0);
    await expect(read()).rejects.toThrow('terminated');
    expect(cuts()).toMatchObject([{ err: expect.any(Error) }]);
  });

  it('when its reader leaves / the log has no cut', async () => {
    const { reader } = await slowly('/contacts/export', TOKEN);
    await reader.cancel();
    await eventually(async () => expect((await gateway.sql.query(`select ${SESSIONS}`)).rowCount).toBe(0));
    expect(cuts()).toEqual([]);
  });
});

/** A copy that keeps the greatest version of each object. */
class Copy {
  readonly held = new Map<string, { version: number; state: any }>();

  take(key: string, version: number, state: unknown): void {
    if (version > (this.held.get(key)?.version ?? 0)) this.held.set(key, { version, state });
  }

  seed(kind: string, rows: any[]): void {
    for (const row of rows) this.take(`${kind}/${row.id}`, row.version, row);
  }

  apply({ event, data }: { event: string; data: any }): void {
    if (event === 'PortalLoginChanged') return;
    this.take(data.subject, data.version, data.data.contact ?? data.data.company ?? null);
  }

  /** The current rows, without names that may come with a later event. */
  get living(): Record<string, unknown> {
    return Object.fromEntries(
      [...this.held].filter(([, { state }]) => state !== null).map(([key, { version }]) => [key, version]),
    );
  }
}

describe('a client that exports under load, follows the stream, and is killed at random times', () => {
  it("when the load ends / its data equals the gateway's", async () => {
    const [company, other] = [await gateway.createCompany(), await gateway.createCompany()];
    const ids = await Promise.all(
      Array.from({ length: 15 }, async () => (await gateway.createContact({ company_id: company })).id),
    );
    let isLoaded = true;
    const load = Promise.all(
      [0, 1, 2].map(async (worker) => {
        for (let done = 0; isLoaded; done++) {
          const id = ids[random.below(ids.length)];
          const path = random.chance(0.2) ? `/companies/${random.chance(0.5) ? company : other}` : `/contacts/${id}`;
          if (random.chance(0.02)) await gateway.call('DELETE', `/contacts/${id}`);
          else
            await gateway.call(
              'POST',
              path,
              path.includes('companies') ? { notes: `${worker}-${done}` } : { phone_1: `${worker}-${done}` },
            );
          if (random.chance(0.05)) ids.push((await gateway.createContact({ company_id: company })).id);
        }
      }),
    );
    // The client stores the copy and the cursor of its last event. A killed client loses all else.
    const copy = new Copy();
    const contacts = await exported('/contacts/export');
    copy.seed('contacts', contacts.rows);
    copy.seed('companies', (await exported('/companies/export')).rows);
    let cursor = contacts.headers.get('snapshot-cursor')!;
    const follow = async (isDone: (stream: EventStreamClient) => Promise<void>): Promise<void> => {
      const stream = await EventStreamClient.open(gateway.url, TOKEN, '', { 'last-event-id': cursor });
      await isDone(stream);
      stream.close();
      for (const event of stream.events) {
        copy.apply(event);
        cursor = event.id;
      }
    };
    for (let kill = 0; kill < 6; kill++)
      await follow(async (stream) => {
        const wanted = random.below(60);
        await eventually(() => expect(stream.events.length).toBeGreaterThan(wanted));
        // The client was killed before it stored the last events.
        stream.events.splice(random.below(stream.events.length) + 1);
      });
    isLoaded = false;
    await load;
    const truth = new Copy();
    for (const kind of ['contacts', 'companies']) truth.seed(kind, await listed(`/${kind}`));
    await follow((stream) =>
      eventually(() => {
        const preview = new Copy();
        for (const [key, { version, state }] of copy.held) preview.take(key, version, state);
        for (const event of stream.events) preview.apply(event);
        expect(preview.living).toEqual(truth.living);
      }),
    );
    expect(copy.living).toEqual(truth.living);
  });
});
